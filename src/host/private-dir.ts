import { lstatSync, type Stats } from "node:fs";
import { lstat, mkdir } from "node:fs/promises";
import { BangerError } from "../core/api/errors.ts";

export interface PrivateDirOptions {
  /** Refuse a directory that others may even read: for sockets. */
  readonly exact?: boolean;
}

/**
 * Makes a directory and its parents with mode 0700. One that is there must be a real directory of ours that nobody else can write to; its
 * mode is never changed, because what others did before would stay.
 * @throws BangerError STATE_UNUSABLE, DISK_FULL
 */
export async function ensurePrivateDir(path: string, { exact = false }: PrivateDirOptions = {}): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EDQUOT")
      throw new BangerError("DISK_FULL", `there is no room to make ${path}`, { cause });
    // What stands at the path itself is told below.
    if (code !== "EEXIST")
      throw new BangerError("STATE_UNUSABLE", `${path} cannot be made (${code})`, {
        cause,
        hint: "check who owns the folders above it",
      });
  }
  await checkPrivateDir(path, { exact });
}

/** Looks at a directory that exists as ensurePrivateDir would. @throws BangerError STATE_UNUSABLE */
export async function checkPrivateDir(path: string, { exact = false }: PrivateDirOptions = {}): Promise<void> {
  accept(path, await lstat(path), exact);
}

/** Refuses to go into a directory of sockets that somebody else could have made; one that is not there is fine. @throws BangerError STATE_UNUSABLE */
export function trustSocketDir(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat !== undefined) accept(path, stat, true);
}

function accept(path: string, stat: Stats, exact: boolean): void {
  const why = objection(stat, process.geteuid!(), exact ? 0o077 : 0o022);
  if (why === null) return;
  throw new BangerError("STATE_UNUSABLE", `${path} ${why}`, { hint: hintFor(path, stat, exact) });
}

function objection(stat: Stats, uid: number, forbidden: number): string | null {
  if (stat.isSymbolicLink()) return "is a link, not a directory";
  if (!stat.isDirectory()) return "is not a directory";
  if (stat.uid !== uid) return `belongs to user ${stat.uid}, not to us (${uid})`;
  const mode = stat.mode & 0o7777;
  if ((mode & forbidden) === 0) return null;
  return `has mode ${mode.toString(8).padStart(4, "0")}: other users can ${(mode & 0o022) === 0 ? "read" : "write to"} it`;
}

function hintFor(path: string, stat: Stats, exact: boolean): string {
  if (!stat.isDirectory() || stat.uid !== process.geteuid!())
    return "move it away, or point the XDG directories elsewhere";
  return `if nobody tampered with it: chmod ${exact ? "700" : "go-w"} ${path}`;
}
