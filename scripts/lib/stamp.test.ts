import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashTree, isFresh, writeStamp } from "./stamp.mjs";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stamp-"));
  mkdirSync(join(folder, "src/deep"), { recursive: true });
  writeFileSync(join(folder, "src/deep/a.ts"), "a");
  writeFileSync(join(folder, "src/b.ts"), "b");
});
afterEach(() => rmSync(folder, { recursive: true }));

const hash = () => hashTree(folder, ["src", "absent"], (name) => name.endsWith(".test.ts"));

test("the hash follows contents and names, and nothing else", () => {
  const before = hash();
  writeFileSync(join(folder, "src/b.ts"), "b");
  writeFileSync(join(folder, "src/b.test.ts"), "a test");
  expect(hash()).toBe(before);
  writeFileSync(join(folder, "src/deep/a.ts"), "A");
  const edited = hash();
  expect(edited).not.toBe(before);
  writeFileSync(join(folder, "src/c.ts"), "");
  expect(hash()).not.toBe(edited);
});

test("a stamp is fresh for its own hash only", () => {
  const stamp = join(folder, "made/by/step");
  expect(isFresh(stamp, "1")).toBe(false);
  writeStamp(stamp, "1");
  expect(isFresh(stamp, "1")).toBe(true);
  expect(isFresh(stamp, "2")).toBe(false);
});
