import { mkdirSync, readFileSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { banger } from "./binary.ts";
import { cached } from "./cache.ts";

const top = join(import.meta.dir, "../..");

/**
 * Gives a state directory the default image and kernel. They are made once, by the program under test, for each state of the sources that
 * make them, and shared by hard links: making a VM never writes to them.
 */
export async function sharedState(stateDir: string): Promise<void> {
  const made = await imageCache();
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  for (const name of ["images", "kernels"]) await run(["cp", "-al", join(made, name), stateDir]);
}

let making: Promise<string> | undefined;

/** The state directory that they are shared from; nothing may write to it. */
export function imageCache(): Promise<string> {
  return (making ??= makeImageCache());
}

async function makeImageCache(): Promise<string> {
  return cached("images", await sourcesDigest(), async (dir) => {
    const home = `${dir}-home`;
    const env = {
      ...process.env,
      HOME: home,
      XDG_STATE_HOME: join(home, "s"),
      XDG_CACHE_HOME: join(home, "c"),
      XDG_RUNTIME_DIR: join(home, "r"),
    };
    mkdirSync(join(home, "r"), { recursive: true, mode: 0o700 });
    try {
      await run([banger, "image", "pull", "debian-bookworm"], env);
      await run([banger, "kernel", "pull", "debian-cloud"], env);
      await run([banger, "daemon", "stop"], env);
      await rename(join(home, "s/banger"), dir);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });
}

async function sourcesDigest(): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  for (const pattern of ["imagecat/**", "src/images/**/*.ts"]) {
    for (const path of (await Array.fromAsync(new Bun.Glob(pattern).scan({ cwd: top }))).sort()) {
      if (!path.endsWith(".test.ts")) hash.update(path).update(readFileSync(join(top, path)));
    }
  }
  return hash.digest("hex").slice(0, 16);
}

async function run(argv: readonly string[], env = process.env): Promise<void> {
  const child = Bun.spawn([...argv], { env, stdout: "ignore", stderr: "pipe" });
  const stderr = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`${argv.join(" ")} exited ${child.exitCode}\n${stderr}`);
}
