import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  unlinkSync,
} from "node:fs";
import { refused } from "../owned-file.ts";
import { unmount } from "../syscalls.ts";

/** Paths of the mounts at or below a folder, as `/proc/self/mountinfo` lists them; the latest first. Pure. */
export function mountsBelow(mountinfo: string, folder: string): readonly string[] {
  const paths = mountinfo.split("\n").flatMap((line) => line.split(" ")[4] ?? []);
  const plain = paths.map((path) =>
    path.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))),
  );
  return plain.filter((path) => path === folder || path.startsWith(`${folder}/`)).toReversed();
}

/** Takes away the mounts that the jail was made with: all are right below its root. Throws PRIVILEGE_REFUSED for any other. */
export function unmountAll(folder: string): void {
  for (const path of mountsBelow(readFileSync("/proc/self/mountinfo", "utf8"), folder)) {
    if (!/^\/[^/]+\/[0-9a-f]{16}\/root\/[a-z][a-z0-9.-]*$/.test(path.slice(folder.length)))
      throw refused(`${path} is a mount that banger did not make`);
    unmount(path);
  }
}

/** Removes a folder and all in it, through no symbolic link and on no other file system; gone already is fine. */
export function removeTree(folder: string): void {
  const at = open(folder);
  if (at === null) return;
  try {
    empty(at, fstatSync(at).dev);
  } finally {
    closeSync(at);
  }
  rmdirSync(folder);
}

/**
 * Removes from an open folder what belongs to that user, through no symbolic link and on no other file system. What is somebody else's stays,
 * and so does a folder that holds some of it.
 */
export function removeOwnedBy(uid: number, folder: number): void {
  empty(folder, fstatSync(folder).dev, uid);
}

/** @param uid whose entries go; all by default */
function empty(folder: number, device: number, uid?: number): void {
  const path = `/proc/self/fd/${folder}`;
  for (const name of readdirSync(path)) {
    const entry = `${path}/${name}`;
    const stat = lstatSync(entry);
    if (uid !== undefined && stat.uid !== uid) continue;
    if (stat.dev !== device) throw refused(`${name} in the jail is on another file system`);
    if (!stat.isDirectory()) {
      unlinkSync(entry);
      continue;
    }
    const at = open(entry);
    if (at === null) continue;
    try {
      empty(at, device, uid);
      if (uid !== undefined && readdirSync(`/proc/self/fd/${at}`).length > 0) continue;
    } finally {
      closeSync(at);
    }
    rmdirSync(entry);
  }
}

function open(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
