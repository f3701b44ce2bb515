import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { openStore } from "./index.ts";
import { inspectStore } from "./inspect.ts";
import { migrations, versionOf } from "./migrations.ts";
import { vmRecord } from "./testing.ts";

const folder = scratchFolder();
const read = <T>(path: string, look: (db: Database) => T): T => {
  const db = new Database(path);
  try {
    return look(db);
  } finally {
    db.close();
  }
};

test("an older store gets the steps it lacks, and keeps what it has", async () => {
  const path = join(folder, "older.db");
  const store = openStore(path);
  store.vms.insert(vmRecord("a"));
  store.close();
  const later = [
    ...migrations,
    "ALTER TABLE vms ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'",
    "CREATE TABLE more (x INTEGER) STRICT",
  ];
  expect(await inspectStore(path, later.length)).toEqual({
    state: "older",
    version: migrations.length,
    known: later.length,
    vms: 1,
  });
  const migrated = openStore(path, later);
  expect(migrated.vms.get("a")).toEqual(vmRecord("a"));
  migrated.close();
  expect(read(path, versionOf)).toBe(later.length);
  expect(read(path, (db) => db.query("SELECT id, colour FROM vms").all())).toEqual([{ id: "a", colour: "red" }]);
  expect(await inspectStore(path, later.length)).toMatchObject({ state: "ok", vms: 1 });
  expect(await inspectStore(path)).toEqual({ state: "newer", version: later.length, known: migrations.length });
});

test("steps are taken all or none", () => {
  const path = join(folder, "failing.db");
  openStore(path).close();
  const before = readFileSync(path);
  const failing = [...migrations, "CREATE TABLE good (x INTEGER)", "CREATE TABLE vms (x INTEGER)"];
  expect(() => openStore(path, failing)).toThrow(expect.objectContaining({ code: "STATE_CORRUPT" }));
  expect(readFileSync(path).equals(before)).toBe(true);
  openStore(path).close();
});

test("two that open a new store at once make it once", () => {
  const path = join(folder, "new.db");
  const [a, b] = [openStore(path), openStore(path)];
  a.vms.insert(vmRecord("a"));
  expect(b.vms.list()).toHaveLength(1);
  a.close();
  b.close();
});
