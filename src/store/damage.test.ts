import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { BangerError } from "../core/api/errors.ts";
import { openStore } from "./index.ts";
import { inspectStore } from "./inspect.ts";
import { vmRecord } from "./testing.ts";

const folder = scratchFolder();
const path = join(folder, "state.db");

/** A sound store with some VMs, as bytes. */
const sound = ((): Buffer => {
  const store = openStore(path);
  for (let i = 0; i < 40; i++) store.vms.insert(vmRecord(`id${i}`));
  store.close();
  return readFileSync(path);
})();

const opening = (at = path): unknown => {
  try {
    const store = openStore(at);
    try {
      store.vms.list();
      store.journal.vmIds();
    } finally {
      store.close();
    }
    return null;
  } catch (error) {
    return error;
  }
};
const version = (value: number): void => {
  writeFileSync(path, sound);
  const db = new Database(path);
  db.run(`PRAGMA user_version = ${value}`);
  db.close();
};

test("what is no database is left as it is, with what to do", () => {
  const text = "not a database at all\n".repeat(300);
  writeFileSync(path, text);
  expect(opening()).toMatchObject({ code: "STATE_CORRUPT", hint: expect.stringContaining("aside") });
  expect(readFileSync(path, "utf8")).toBe(text);
  expect(existsSync(`${path}-wal`)).toBe(false);
});

test("a database that was cut short is corrupt", () => {
  writeFileSync(path, sound.subarray(0, sound.length - 2 * 4096));
  expect(opening()).toMatchObject({ code: "STATE_CORRUPT" });
});

test("one of a newer banger is not touched", () => {
  version(99);
  const before = readFileSync(path);
  expect(opening()).toMatchObject({ code: "STATE_NEWER", message: expect.stringContaining("has version 99") });
  expect(readFileSync(path).equals(before)).toBe(true);
});

test("one that does not have the tables of its version is corrupt", () => {
  version(0);
  expect(opening()).toMatchObject({ code: "STATE_CORRUPT" });
});

test("what cannot be opened is said", () => {
  mkdirSync(join(folder, "dir.db"));
  symlinkSync("state.db", join(folder, "link.db"));
  for (const name of ["dir.db", "link.db", "no/such.db", "state.db/x"]) {
    expect(opening(join(folder, name))).toMatchObject({ code: "STATE_UNUSABLE" });
  }
});

test("whatever bytes are damaged, there is one of our errors or none, here and in the doctor's report", async () => {
  const places = fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(places, async (changes) => {
      const bytes = Buffer.from(sound);
      for (const [at, value] of changes) bytes[at] = value;
      writeFileSync(path, bytes);
      const report = await inspectStore(path);
      expect(readFileSync(path).equals(bytes)).toBe(true);
      const error = opening();
      if (error !== null) expect(error).toBeInstanceOf(BangerError);
      if (report.state === "ok") expect(error).toBeNull();
      if (report.state === "corrupt") expect(error).toMatchObject({ code: "STATE_CORRUPT" });
    }),
    { numRuns: 60 },
  );
});
