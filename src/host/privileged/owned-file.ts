import { closeSync, constants, fstatSync, openSync, type Stats } from "node:fs";
import { BangerError } from "../../core/api/errors.ts";
import type { Principal } from "./index.ts";
import { openBelow } from "./syscalls.ts";

/** A file of the owner's that is open. */
export interface OwnedFile {
  readonly fd: number;
  readonly stat: Stats;
}

export interface OwnedFileOptions {
  readonly write?: boolean;
  readonly append?: boolean;
  readonly directory?: boolean;
}

/**
 * Opens a file below a directory of the owner's: no component is a symbolic link, it is regular (or a directory) and the owner's; one
 * that is to be written has no second name. Close-on-exec. Throws PRIVILEGE_REFUSED, FILE_NOT_FOUND.
 */
export function openOwned(
  principal: Pick<Principal, "uid">,
  root: string,
  path: string,
  { write = false, append = false, directory = false }: OwnedFileOptions = {},
): OwnedFile {
  const at = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  let fd: number;
  try {
    const kind = directory ? constants.O_DIRECTORY : constants.O_NONBLOCK;
    const access = write ? constants.O_RDWR : constants.O_RDONLY;
    fd = openBelow(at, path, access | kind | (append ? constants.O_APPEND : 0));
  } catch (cause) {
    throw explain(`${root}/${path}`, cause);
  } finally {
    closeSync(at);
  }
  const stat = fstatSync(fd);
  const why = objection(stat, principal.uid, { write, directory });
  if (why === null) return { fd, stat };
  closeSync(fd);
  throw refused(`${root}/${path} ${why}`);
}

function objection(stat: Stats, uid: number, { write, directory }: OwnedFileOptions): string | null {
  if (directory ? !stat.isDirectory() : !stat.isFile())
    return directory ? "is not a directory" : "is not a regular file";
  if (stat.uid !== uid) return `belongs to user ${stat.uid}, not to the owner (${uid})`;
  return write === true && directory !== true && stat.nlink !== 1 ? "has a second name" : null;
}

function explain(path: string, cause: unknown): BangerError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "ENOENT") return new BangerError("FILE_NOT_FOUND", `${path} is not there`, { cause });
  if (code === "ELOOP") return refused(`${path} leads through a symbolic link`, cause);
  if (code === "ENOTDIR" || code === "EISDIR" || code === "EXDEV" || code === "ENXIO")
    return refused(`${path} is not a file below the owner's directory (${code})`, cause);
  return new BangerError("COMMAND_FAILED", `${path} cannot be opened (${code ?? String(cause)})`, { cause });
}

export function refused(message: string, cause?: unknown): BangerError {
  return new BangerError("PRIVILEGE_REFUSED", message, cause === undefined ? {} : { cause });
}
