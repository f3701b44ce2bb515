import { existsSync, mkdirSync, readdirSync, statSync, utimesSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";

/** Where what is dear to make is kept between runs. */
export const cacheDir = process.env["BANGER_TEST_CACHE"] ?? join(import.meta.dir, "../../.cache/test");

/** What nobody has used for that long goes when something of its kind is made, in milliseconds. */
const unusedMs = 24 * 3600_000;

/** A digest of everything that decides what a folder of the cache holds. */
export function digestOf(...inputs: readonly (string | Uint8Array)[]): string {
  const hash = new Bun.CryptoHasher("sha256");
  for (const input of inputs) hash.update(`${input.length}:`).update(input);
  return hash.digest("hex").slice(0, 16);
}

/**
 * The folder `KIND-KEY` of the cache, made where it is missing. One process makes it while the others wait; a folder that was cut short never
 * counts.
 * @param make fills the empty private directory that it gets
 */
export async function cached(kind: string, key: string, make: (dir: string) => Promise<void>): Promise<string> {
  const target = join(cacheDir, `${kind}-${key}`);
  if (!existsSync(target)) {
    mkdirSync(cacheDir, { recursive: true });
    await using _ = await locked(join(cacheDir, `${kind}.lock`));
    if (!existsSync(target)) {
      const dir = join(cacheDir, `making-${kind}-${process.pid}`);
      await rm(dir, { recursive: true, force: true });
      mkdirSync(dir, { mode: 0o700 });
      try {
        await make(dir);
        await rename(dir, target);
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
      await removeUnused(kind, target);
    }
  }
  const now = new Date();
  utimesSync(target, now, now);
  return target;
}

async function removeUnused(kind: string, current: string): Promise<void> {
  for (const name of readdirSync(cacheDir)) {
    const path = join(cacheDir, name);
    const ours = name.startsWith(`${kind}-`) && path !== current;
    if (ours && Date.now() - statSync(path).mtimeMs > unusedMs) await rm(path, { recursive: true, force: true });
  }
}

/** Holds a file's lock until it is disposed of; the lock ends with this process, too. */
async function locked(path: string): Promise<AsyncDisposable> {
  const holder = Bun.spawn(["flock", path, "sh", "-c", "echo held; exec cat"], { stdin: "pipe", stdout: "pipe" });
  const { value } = await holder.stdout.getReader().read();
  if (value === undefined) throw new Error(`flock ${path} exited ${await holder.exited}`);
  return {
    async [Symbol.asyncDispose]() {
      await holder.stdin.end();
      await holder.exited;
    },
  };
}
