import { expect, test } from "bun:test";
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../../../test/helpers/scratch.ts";
import { weakness } from "./place.ts";
import { removeOwnedBy, removeTree } from "./tree.ts";

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

test("of an open folder goes what is one user's; others' things, and folders that hold them, stay", () => {
  const base = join(folder, "sockets");
  for (const dir of ["", "own", "own/below", "shared"]) mkdirSync(join(base, dir), { mode: 0o700 });
  for (const file of ["own/below/file", "shared/theirs", "theirs"]) writeFileSync(join(base, file), "");
  symlinkSync(folder, join(base, "link"));
  const root = process.getuid!() === 0;
  if (root) for (const file of ["shared/theirs", "theirs"]) chownSync(join(base, file), 4711, 4711);
  const fd = openSync(base, "r");
  for (let round = 0; round < 2; round++) removeOwnedBy(process.getuid!(), fd);
  closeSync(fd);
  expect(readdirSync(base).sort()).toEqual(root ? ["shared", "theirs"] : []);
  expect(existsSync(folder)).toBe(true);
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
