import { constants } from "node:fs";
import { access, lstat } from "node:fs/promises";
import { dirname } from "node:path";

/** The path itself, or the nearest folder above it that exists. */
export async function existing(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    if (at === "/" || (await lstat(at).catch(() => null)) !== null) return at;
  }
}

/** Why this user cannot make files in a folder that exists (`EROFS`, `EACCES`), or null; finds out without trying. */
export async function unwritable(folder: string): Promise<string | null> {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return whyNot[(error as NodeJS.ErrnoException).code ?? ""] ?? String((error as Error).message);
  }
}

const whyNot: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there",
  EROFS: "the file system is read-only",
  ENOTDIR: "it is not a directory",
  ELOOP: "it is a link to itself",
  ENOENT: "it is a link to nothing",
};

/** A path as people know it: `~` for the home directory. */
export function tilde(path: string, home: string): string {
  return path === home || path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
