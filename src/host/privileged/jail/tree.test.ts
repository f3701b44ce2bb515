import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../../../test/helpers/scratch.ts";
import { weakness } from "./place.ts";
import { removeTree } from "./tree.ts";

const folder = scratchFolder();

test("a tree goes, what its links lead to stays; again is fine", () => {
  const [tree, outside] = [join(folder, "tree"), join(folder, "outside")];
  for (const dir of [tree, join(tree, "a"), join(tree, "a/b"), outside]) mkdirSync(dir);
  writeFileSync(join(outside, "kept"), "");
  writeFileSync(join(tree, "a/b/file"), "");
  symlinkSync(outside, join(tree, "a/link"));
  symlinkSync("/nowhere", join(tree, "dangling"));
  for (let round = 0; round < 2; round++) removeTree(tree);
  expect([existsSync(tree), readdirSync(outside)]).toEqual([false, ["kept"]]);
});

test("a folder that is a link is not entered", () => {
  mkdirSync(join(folder, "real"));
  writeFileSync(join(folder, "real/kept"), "");
  symlinkSync(join(folder, "real"), join(folder, "link"));
  expect(() => removeTree(join(folder, "link"))).toThrow();
  expect(readdirSync(join(folder, "real"))).toEqual(["kept"]);
});

test("a path through a link, or through what others may write to, is weak", () => {
  expect(weakness("/")).toBeNull();
  expect(weakness("/usr/bin/nothing-there/at/all")).toBeNull();
  expect(weakness("/tmp/x/y")).toContain("others than root can write to /tmp");
});
