import type { Database } from "bun:sqlite";
import { storeError } from "./errors.ts";

/** One step of the schema: SQL that runs in the migration's transaction. The database's `user_version` counts the steps taken. */
export type Migration = string;

/** In order, only ever added to: a database of any older version gets the steps it lacks. */
export const migrations: readonly Migration[] = [
  `
  CREATE TABLE vms (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    state_reason TEXT NOT NULL,
    spec TEXT NOT NULL,
    image_digest TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    stopped_at INTEGER
  ) STRICT;
  CREATE TABLE journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    vm_id TEXT NOT NULL REFERENCES vms (id) ON DELETE RESTRICT,
    scope TEXT NOT NULL,
    participant TEXT NOT NULL,
    undo TEXT NOT NULL,
    args TEXT NOT NULL,
    done INTEGER NOT NULL DEFAULT 0,
    result TEXT NOT NULL DEFAULT 'null'
  ) STRICT;
  CREATE INDEX journal_by_vm ON journal (vm_id, seq);
  `,
];

export function versionOf(db: Database): number {
  return db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
}

/** @throws BangerError STATE_NEWER */
export function refuseNewer(db: Database, path: string, steps: readonly Migration[]): void {
  const version = versionOf(db);
  if (version <= steps.length) return;
  throw storeError(path, "STATE_NEWER", `has version ${version}; this banger knows versions up to ${steps.length}`);
}

/** Takes the steps that are missing, all or none. */
export function migrate(db: Database, steps: readonly Migration[]): void {
  if (versionOf(db) === steps.length) return;
  // Looked at again inside: another process may have migrated in between.
  db.transaction(() => {
    for (const step of steps.slice(versionOf(db))) db.run(step);
    db.run(`PRAGMA user_version = ${steps.length}`);
  }).immediate();
}
