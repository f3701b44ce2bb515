import type { Stats } from "node:fs";
import { BangerError } from "../core/api/errors.ts";

/** Throws STATE_UNUSABLE unless it is a directory of ours (or that owner's) that others cannot write to; with `exact`, not even read. */
export function acceptPrivate(path: string, stat: Stats, exact: boolean, owner: number = process.geteuid!()): void {
  const why = objection(stat, owner, exact ? 0o077 : 0o022);
  if (why === null) return;
  throw new BangerError("STATE_UNUSABLE", `${path} ${why}`, { hint: hintFor(path, stat, exact, owner) });
}

function objection(stat: Stats, uid: number, forbidden: number): string | null {
  if (stat.isSymbolicLink()) return "is a link, not a directory";
  if (!stat.isDirectory()) return "is not a directory";
  if (stat.uid !== uid)
    return `belongs to user ${stat.uid}, not to ${uid === process.geteuid!() ? "us" : "the owner"} (${uid})`;
  const mode = stat.mode & 0o7777;
  if ((mode & forbidden) === 0) return null;
  return `has mode ${mode.toString(8).padStart(4, "0")}: other users can ${(mode & 0o022) === 0 ? "read" : "write to"} it`;
}

function hintFor(path: string, stat: Stats, exact: boolean, owner: number): string {
  if (!stat.isDirectory() || stat.uid !== owner) return "move it away, or point the XDG directories elsewhere";
  return `if nobody tampered with it: chmod ${exact ? "700" : "go-w"} ${path}`;
}
