import { constants } from "node:fs";
import { access, lstat, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { asBangerError } from "../core/api/errors.ts";
import { checkPrivateDir, type PrivateDirOptions } from "../host/private-dir.ts";

/** Why banger could not keep private files in a folder, in lines for people, or null; it need not exist yet. Options as the daemon's. */
export async function folderObstacle(
  folder: string,
  options: PrivateDirOptions = {},
): Promise<readonly string[] | null> {
  const found = await existing(folder);
  const why = await unwritable(found);
  if (why !== null) return [`${found}: ${why}`];
  if (found !== folder) return null;
  try {
    await checkPrivateDir(folder, options);
    return null;
  } catch (error) {
    const { message, hint } = asBangerError(error);
    return hint === undefined ? [message] : [message, hint];
  }
}

/** The path itself, or the nearest folder above it that exists. */
export async function existing(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    if (at === "/" || (await lstat(at).catch(() => null)) !== null) return at;
  }
}

/** Why this user cannot make files in a folder that exists (`EROFS`, `EACCES`), or null; finds out without trying. */
async function unwritable(folder: string): Promise<string | null> {
  try {
    if (!(await stat(folder)).isDirectory()) return "it is not a directory";
    await access(folder, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return whyNot[(error as NodeJS.ErrnoException).code ?? ""] ?? String((error as Error).message);
  }
}

const whyNot: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there",
  EROFS: "the file system is read-only",
  ELOOP: "it is a link to itself",
  ENOENT: "it is a link to nothing",
};

/** A path as people know it: `~` for the home directory. */
export function tilde(path: string, home: string): string {
  return path === home || path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
