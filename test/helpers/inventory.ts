import { existsSync } from "node:fs";
import { join } from "node:path";

export interface Leftovers {
  readonly processes: readonly { readonly pid: number; readonly command: string }[];
  /** Everything found, a line each; empty when nothing of the world is left. */
  readonly lines: readonly string[];
}

/**
 * What still runs, listens, is mounted or lies in the VM folders of a world after its VMs are deleted and its daemon has ended. Made with ps,
 * ss, findmnt, losetup and find: banger is not asked.
 */
export async function leftovers(root: string): Promise<Leftovers> {
  // A process that has let go of everything may still be on its way out.
  let processes = await processesOf(root);
  for (let look = 0; processes.length > 0 && look < 20; look++) {
    await Bun.sleep(100);
    processes = await processesOf(root);
  }
  const places = [join(root, "run/banger"), join(root, "state/banger/vms")].filter((path) => existsSync(path));
  const files = places.length === 0 ? [] : await lines(["find", ...places, "-mindepth", "1"]);
  return {
    processes,
    lines: [
      ...processes.map(({ pid, command }) => `process ${pid}: ${command}`),
      ...(await lines(["ss", "-xlnH"])).filter((line) => line.includes(root)).map((line) => `socket ${line}`),
      ...(await lines(["findmnt", "-rno", "TARGET,SOURCE"]))
        .filter((line) => line.includes(root))
        .map((line) => `mount ${line}`),
      ...(await lines(["losetup", "-a"])).filter((line) => line.includes(root)).map((line) => `loop ${line}`),
      ...files
        .filter((path) => !path.endsWith("/daemon.lock") && !path.endsWith("/start.lock"))
        .map((path) => `file ${path}`),
    ],
  };
}

/** Files of a world outside banger's own folders. What scenarios make themselves is in home/. */
export async function strayFiles(root: string): Promise<readonly string[]> {
  const own = ["-not", "-path", join(root, "home/*"), "-not", "-path", "*/banger*"];
  const known = ["home", "config", "state", "cache", "run"].map((name) => join(root, name));
  return (await lines(["find", root, "-mindepth", "1", ...own])).filter((path) => !known.includes(path));
}

/** Processes that have the world's path in their command line or environment, but for this one. */
export async function processesOf(root: string): Promise<Leftovers["processes"]> {
  return (await lines(["ps", "axeww", "-o", "pid=,args="]))
    .map((line) => /^\s*(\d+) (.*)$/.exec(line))
    .filter((match) => match !== null)
    .map((match) => ({ pid: Number(match[1]), command: match[2]! }))
    .filter(({ pid, command }) => command.includes(root) && pid !== process.pid && !command.startsWith("ps axeww"))
    .map(({ pid, command }) => ({ pid, command: command.slice(0, 200) }));
}

/** Output of a program, a line each; none when the program is not there. */
async function lines(argv: readonly [string, ...string[]]): Promise<string[]> {
  try {
    const child = Bun.spawn([...argv], { stdout: "pipe", stderr: "ignore" });
    const text = await new Response(child.stdout).text();
    await child.exited;
    return text.split("\n").filter((line) => line !== "");
  } catch {
    return [];
  }
}
