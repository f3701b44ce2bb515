import { BangerError, type ErrorOptions } from "../core/api/errors.ts";
import type { ErrorCodeName } from "../core/api/error-codes.ts";

/** What SQLite's result codes mean for the store, by their beginning; the first that fits counts. */
const meanings: readonly (readonly [prefix: string, code: ErrorCodeName, why: string])[] = [
  ["SQLITE_NOTADB", "STATE_CORRUPT", "is damaged: it is not a database"],
  ["SQLITE_CORRUPT", "STATE_CORRUPT", "is damaged"],
  ["SQLITE_IOERR_CORRUPTFS", "STATE_CORRUPT", "is on a damaged file system"],
  ["SQLITE_FULL", "DISK_FULL", "cannot be written: its file system is full"],
  ["SQLITE_IOERR_SHMSIZE", "DISK_FULL", "cannot be written: its file system is full"],
  ["SQLITE_READONLY", "STATE_UNUSABLE", "cannot be written"],
  ["SQLITE_PERM", "STATE_UNUSABLE", "cannot be written"],
  ["SQLITE_CANTOPEN", "STATE_UNUSABLE", "cannot be opened"],
  ["SQLITE_BUSY", "STATE_UNUSABLE", "is locked by another process"],
  ["SQLITE_IOERR", "STATE_UNUSABLE", "cannot be read or written"],
  ["SQLITE_CONSTRAINT", "INTERNAL", "has a rule against this"],
  ["SQLITE_ERROR", "STATE_CORRUPT", "does not have the tables that its version says"],
];

/** Runs something on the database; what SQLite throws comes out in the store's terms, all else as it is. */
export function guarded<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    const code = (thrown as { readonly code?: unknown }).code;
    const meaning = typeof code === "string" ? meanings.find(([prefix]) => code.startsWith(prefix)) : undefined;
    if (meaning === undefined || thrown instanceof BangerError) throw thrown;
    throw storeError(path, meaning[1], `${meaning[2]} (${(thrown as Error).message})`, { cause: thrown });
  }
}

export function storeError(path: string, code: ErrorCodeName, why: string, options: ErrorOptions = {}): BangerError {
  return new BangerError(code, `the state store ${path} ${why}`, {
    hint: hints[code] ?? "banger doctor says more",
    ...options,
  });
}

/** A row that someone damaged by hand, or a disk did. */
export function damagedRow(path: string, what: string): BangerError {
  return storeError(path, "STATE_CORRUPT", `has a damaged ${what}`, {
    hint: "a backup may have it whole; with the daemon stopped, sqlite3 can mend or delete the row",
  });
}

const hints: { readonly [code in ErrorCodeName]?: string } = {
  STATE_CORRUPT:
    "restore it from a backup, or stop the daemon and move it and its -wal file aside to begin anew: banger then no longer knows its VMs",
  STATE_NEWER: "use the banger that wrote it, or a newer one",
  STATE_UNUSABLE: "check who owns it and its folder, and that the file system is writable",
  DISK_FULL: "make room there and try again",
};
