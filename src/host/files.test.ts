import { expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  closeSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { diskUsage } from "./disk-usage.ts";
import { freeBytes, remove } from "./files.ts";

const folder = scratchFolder();

test("a tree goes, what its links point to stays", async () => {
  mkdirSync(join(folder, "kept/deep"), { recursive: true });
  mkdirSync(join(folder, "tree/closed"), { recursive: true });
  symlinkSync("../kept", join(folder, "tree/link"));
  symlinkSync("/no/such", join(folder, "tree/dangling"));
  writeFileSync(join(folder, "tree/closed/file"), "");
  chmodSync(join(folder, "tree/closed/file"), 0o000);
  await remove(join(folder, "tree"));
  expect(existsSync(join(folder, "tree"))).toBe(false);
  expect(existsSync(join(folder, "kept/deep"))).toBe(true);
});

test("a link itself goes, also when it is written with a slash", async () => {
  symlinkSync("kept", join(folder, "link"));
  await remove(`${folder}/link//`);
  expect(existsSync(join(folder, "link"))).toBe(false);
  expect(existsSync(join(folder, "kept/deep"))).toBe(true);
});

test("what is gone already is fine", async () => {
  await remove(join(folder, "none"));
  await remove(join(folder, "none/deeper"));
  writeFileSync(join(folder, "file"), "");
  await remove(join(folder, "file/below"));
  expect(existsSync(join(folder, "file"))).toBe(true);
});

test("free bytes of a path that is not there are those of where it would be", async () => {
  expect(await freeBytes(folder)).toBeGreaterThan(0);
  expect(Math.abs((await freeBytes(join(folder, "a/b/c"))) - (await freeBytes(folder)))).toBeLessThan(2 ** 30);
});

test("disk usage counts what is allocated, hard links by each name, holes and links' targets not at all", async () => {
  mkdirSync(join(folder, "usage/sub"), { recursive: true });
  const empty = await diskUsage(join(folder, "usage"));
  const fd = openSync(join(folder, "usage/sparse"), "w");
  ftruncateSync(fd, 2 ** 40);
  closeSync(fd);
  symlinkSync("/usr", join(folder, "usage/link"));
  expect(await diskUsage(join(folder, "usage"))).toBeLessThan(empty + 2 ** 16);
  writeFileSync(join(folder, "usage/sub/full"), new Uint8Array(2 ** 20));
  linkSync(join(folder, "usage/sub/full"), join(folder, "usage/again"));
  expect(await diskUsage(join(folder, "usage/sub/full"))).toBeGreaterThanOrEqual(2 ** 20);
  expect(await diskUsage(join(folder, "usage"))).toBeGreaterThanOrEqual(2 ** 21);
  expect(await diskUsage(join(folder, "none"))).toBe(0);
});
