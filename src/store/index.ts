import { Database } from "bun:sqlite";
import { closeSync, constants, openSync } from "node:fs";
import type { Journal, VmRepository } from "../core/engine/ports.ts";
import { guarded, storeError } from "./errors.ts";
import { openJournal } from "./journal.ts";
import { migrate, migrations, refuseNewer, type Migration } from "./migrations.ts";
import { quickCheck } from "./quick-check.ts";
import { openVms } from "./vms.ts";

/** The durable state: one database, written by one daemon. */
export interface Store {
  readonly vms: VmRepository;
  readonly journal: Journal;
  close(): void;
}

/** How long to wait for another process that writes, in milliseconds; the event loop waits too. */
const busyTimeoutMs = 2000;

/**
 * Opens the store, making it (mode 0600) or migrating it where needed; its directory must be there.
 * @throws BangerError STATE_CORRUPT, STATE_NEWER, STATE_UNUSABLE, DISK_FULL
 */
export function openStore(path: string, steps: readonly Migration[] = migrations): Store {
  makeFile(path);
  const db = guarded(path, () => new Database(path, { readwrite: true, strict: true }));
  try {
    return guarded(path, () => {
      prepare(db, path, steps);
      return { vms: openVms(db, path), journal: openJournal(db, path), close: () => db.close() };
    });
  } catch (error) {
    db.close();
    throw error;
  }
}

/** SQLite gives its files the mode of the database, which is private from birth. */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EDQUOT")
      throw storeError(path, "DISK_FULL", "cannot be made: its file system is full", { cause });
    throw storeError(path, "STATE_UNUSABLE", `cannot be opened (${code})`, { cause });
  }
}

function prepare(db: Database, path: string, steps: readonly Migration[]): void {
  db.run(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  db.run("PRAGMA foreign_keys = ON");
  const verdict = quickCheck(db);
  if (verdict !== null) throw storeError(path, "STATE_CORRUPT", `is damaged (${verdict})`);
  refuseNewer(db, path, steps);
  // A record must be on the disk before its effect is made, also when the power fails: in WAL mode that takes FULL, which syncs
  // the log at each commit. A record takes 0.2 ms on a virtio disk.
  db.run("PRAGMA journal_mode = WAL");
  db.run("PRAGMA synchronous = FULL");
  migrate(db, steps);
}
