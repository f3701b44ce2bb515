import type { World } from "./world.ts";

const asRoot = process.getuid!() === 0;

/**
 * Puts a world's programs into a mount namespace in which a shell script has changed something; nothing of it is seen outside. The script
 * gets the world's root as $1. Returns what ends it, to be called after the world's own end.
 */
export async function enclose(world: World, script: string): Promise<() => Promise<void>> {
  const holder = Bun.spawn(
    [
      ...["unshare", "--mount", ...(asRoot ? [] : ["--map-root-user"]), "--"],
      // What holds the namespace ends with the test, and its arguments and environment do not look like a part of the world.
      ...["sh", "-ec", `${script}\necho ready\nexec cat`, "sh", world.root],
    ],
    { env: { PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` }, stdin: "pipe", stdout: "pipe", stderr: "inherit" },
  );
  const { value } = await holder.stdout.getReader().read();
  if (value === undefined) throw new Error(`the mount namespace's script exited ${await holder.exited}`);
  world.prefix = [
    ...["nsenter", "--target", String(holder.pid), "--mount"],
    ...(asRoot ? [] : ["--user", "--preserve-credentials"]),
    "--",
  ];
  return async () => {
    await holder.stdin.end();
    await holder.exited;
  };
}
