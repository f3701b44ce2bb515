import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";

const usual = "/usr/local/bin:/usr/bin:/bin";
/** Administrators' tools are not on an ordinary user's PATH, and mke2fs, nft and ip are there. */
const sbin = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** The folders where programs are looked for: PATH, then the sbin ones. Relative entries are left out: the caller's folder must not steer us. */
export function searchPath(path: string | undefined): readonly string[] {
  const named = (path || usual).split(":").filter((folder) => folder.startsWith("/"));
  return [...new Set([...named, ...sbin])];
}

/** Absolute path of a program (a bare name, or an absolute path as it is), or null. */
export function findProgram(program: string, folders: readonly string[]): string | null {
  if (program.startsWith("/")) return isExecutable(program) ? program : null;
  if (program === "" || program.includes("/")) return null;
  return folders.map((folder) => join(folder, program)).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
