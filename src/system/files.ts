import { constants } from "node:fs";
import { chmod, chown, copyFile, link, lstat, mkdir, open, readFile, rename, rm, rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import { BangerError } from "../core/api/errors.ts";
import { writableByOthers } from "../host/service-file.ts";
import type { Later } from "./transaction.ts";

/** Makes a directory of root's and those above it, mode 0755. What is there already must be root's alone, all the way up. */
export async function ensureRootDir(path: string, later: Later): Promise<void> {
  const stat = await lstat(path).catch(absent);
  if (stat === null) {
    await ensureRootDir(dirname(path), later);
    later(() => rmdir(path).catch(unlessGone));
    await mkdir(path, { mode: 0o755 });
    await chmod(path, 0o755);
    return;
  }
  const why = stat.isDirectory() ? writableByOthers(stat) : "it is no directory";
  if (why !== null) {
    throw new BangerError("INSTALL_FAILED", `${path} is not root's alone: ${why}`, {
      hint: `whoever may write there could replace a program that runs as root: sudo chmod go-w ${path}`,
    });
  }
  if (path !== "/") await ensureRootDir(dirname(path), later);
}

/** Puts a text at a path, mode 0644; false when it is there already. The undo puts back what was there. */
export async function putText(path: string, text: string, later: Later): Promise<boolean> {
  const stat = await lstat(path).catch(absent);
  const isOurs = stat?.isFile() === true && stat.uid === 0 && (stat.mode & 0o7777) === 0o644;
  if (isOurs && (await readFile(path, "utf8")) === text) return false;
  await replace(path, 0o644, later, async (fresh) => {
    const file = await open(fresh, "wx", 0o600);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
  });
  return true;
}

/** Puts a copy of a program at a path, mode 0755; false when its very bytes are there already. */
export async function putProgram(path: string, source: string, later: Later): Promise<boolean> {
  const stat = await lstat(path).catch(absent);
  const isOurs = stat?.isFile() === true && stat.uid === 0 && (stat.mode & 0o7777) === 0o755;
  if (isOurs && (await digest(path)) === (await digest(source))) return false;
  await replace(path, 0o755, later, (fresh) => copyFile(source, fresh, constants.COPYFILE_EXCL));
  return true;
}

/** Made beside its place and renamed, so that a program that runs is never disturbed and a crash leaves the old or the new. */
async function replace(
  path: string,
  mode: number,
  later: Later,
  write: (fresh: string) => Promise<void>,
): Promise<void> {
  const [fresh, before] = [`${path}.new`, `${path}.before`];
  await Promise.all([rm(fresh, { force: true }), rm(before, { force: true })]);
  const existed = await link(path, before).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
  later(async () => {
    await rm(fresh, { force: true });
    if (existed) await rename(before, path);
    else await rm(path, { force: true });
  });
  await write(fresh);
  await chown(fresh, 0, 0);
  await chmod(fresh, mode);
  const file = await open(fresh, "r");
  await file.sync();
  await file.close();
  await rename(fresh, path);
}

/** Ends the possibility to go back to what was there before. */
export async function forgetBefore(...paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map((path) => rm(`${path}.before`, { force: true })));
}

/** Takes a file away, with what a broken-off replacement of it left; gone already is fine. */
export async function takeAway(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    for (const name of [path, `${path}.new`, `${path}.before`]) await rm(name, { force: true });
  }
}

/** Removes a directory that is empty; one that holds something of somebody else's stays. */
export async function removeEmpty(path: string): Promise<void> {
  await rmdir(path).catch(unlessGone);
}

async function digest(path: string): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  for await (const chunk of Bun.file(path).stream()) hasher.update(chunk);
  return hasher.digest("hex");
}

export function absent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
  throw error;
}

function unlessGone(error: NodeJS.ErrnoException): void {
  if (!["ENOENT", "ENOTEMPTY", "EEXIST"].includes(error.code ?? "")) throw error;
}
