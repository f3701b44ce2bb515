import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { openStore } from "./index.ts";
import { inspectStore } from "./inspect.ts";
import { vmRecord } from "./testing.ts";
import { replayWal } from "./wal.ts";

const root = scratchFolder();
let count = 0;
const newFolder = (): string => {
  const folder = join(root, `${count++}`);
  mkdirSync(folder);
  return folder;
};

/** Names, contents and times of everything in a folder. */
const contents = (folder: string): unknown =>
  readdirSync(folder).map((name) => {
    const { mtimeMs, ctimeMs, ino } = statSync(join(folder, name));
    return [name, ino, mtimeMs, ctimeMs, Bun.hash(readFileSync(join(folder, name)))];
  });

/** Inspects, and sees that nothing has changed by it. */
async function inspect(folder: string): Promise<unknown> {
  const before = contents(folder);
  const report = await inspectStore(join(folder, "state.db"));
  expect(contents(folder)).toEqual(before);
  return report;
}

test("a store that is not there will be made, also in a folder that is not there", async () => {
  const folder = newFolder();
  expect(await inspect(folder)).toEqual({ state: "missing" });
  expect(await inspectStore(join(folder, "none/deeper/state.db"))).toEqual({ state: "missing" });
});

test("one that is open shows what is in its log, one that is closed what was", async () => {
  const folder = newFolder();
  const store = openStore(join(folder, "state.db"));
  expect(await inspect(folder)).toEqual({ state: "ok", version: 1, vms: 0, effects: [] });
  for (let i = 0; i < 30; i++) store.vms.insert(vmRecord(`id${i}`));
  expect(await inspect(folder)).toEqual({ state: "ok", version: 1, vms: 30, effects: [] });
  store.close();
  expect(readdirSync(folder)).toEqual(["state.db"]);
  expect(await inspect(folder)).toEqual({ state: "ok", version: 1, vms: 30, effects: [] });
});

test("one whose daemon was killed shows what it had committed", async () => {
  const [folder, copy] = [newFolder(), newFolder()];
  const store = openStore(join(folder, "state.db"));
  store.vms.insert(vmRecord("a"));
  store.vms.insert(vmRecord("b"));
  for (const name of readdirSync(folder)) copyFileSync(join(folder, name), join(copy, name));
  store.close();
  expect(await inspect(copy)).toEqual({ state: "ok", version: 1, vms: 2, effects: [] });
});

test("the log is replayed as SQLite does it, up to any length it was cut to", () => {
  const folder = newFolder();
  const path = join(folder, "state.db");
  const db = new Database(path, { create: true });
  db.run("PRAGMA journal_mode = WAL");
  db.run("PRAGMA wal_autocheckpoint = 0");
  db.run("CREATE TABLE t (x TEXT)");
  for (let i = 0; i < 12; i++) db.run("INSERT INTO t VALUES (?)", ["x".repeat(i * 700)]);
  db.run("DELETE FROM t WHERE length(x) < 2000");
  const [database, wal] = [readFileSync(path), readFileSync(`${path}-wal`)];
  for (let length = 0; length <= wal.length; length += 3001) {
    const cut = wal.subarray(0, length);
    const copy = newFolder();
    writeFileSync(join(copy, "state.db"), database);
    writeFileSync(join(copy, "state.db-wal"), cut);
    const theirs = new Database(join(copy, "state.db"));
    theirs.run("PRAGMA wal_checkpoint(TRUNCATE)");
    theirs.close();
    const ours = Buffer.from(replayWal(database, cut));
    expect(Bun.hash(ours)).toBe(Bun.hash(readFileSync(join(copy, "state.db"))));
  }
  db.close();
});

test("what is no store, or cannot be used, is said", async () => {
  const folder = newFolder();
  const path = join(folder, "state.db");
  mkdirSync(path);
  expect(await inspectStore(path)).toEqual({ state: "unusable", reason: "cannot be used: it is not a file" });
  Bun.spawnSync(["mkfifo", join(folder, "pipe")]);
  expect(await inspectStore(join(folder, "pipe"))).toEqual({
    state: "unusable",
    reason: "cannot be used: it is not a file",
  });
  writeFileSync(join(folder, "text"), "x".repeat(5000));
  expect(await inspectStore(join(folder, "text"))).toMatchObject({
    state: "corrupt",
    reason: expect.stringContaining("not a database"),
  });
  expect(await inspectStore(join(folder, "text/below"))).toMatchObject({ state: "unusable" });
  Bun.spawnSync(["truncate", "-s", "1T", join(folder, "huge")]);
  expect(await inspectStore(join(folder, "huge"))).toEqual({
    state: "unusable",
    reason: "cannot be used: it is larger than 256 MiB",
  });
  writeFileSync(join(folder, "empty"), "");
  expect(await inspectStore(join(folder, "empty"))).toEqual({ state: "older", version: 0, known: 1, vms: 0 });
});

test("a damaged row is named as the store names it", async () => {
  const folder = newFolder();
  const path = join(folder, "state.db");
  const store = openStore(path);
  store.vms.insert(vmRecord("a", "otter"));
  store.close();
  const db = new Database(path);
  db.run("UPDATE vms SET spec = json_remove(spec, '$.image')");
  db.close();
  expect(await inspect(folder)).toEqual({
    state: "corrupt",
    reason: "has a damaged record of the VM otter (a): spec.image is not a string",
  });
});
