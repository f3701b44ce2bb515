import { expect, test } from "bun:test";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { failure } from "../../test/helpers/failure.ts";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { writeConfigFile } from "./write-config-file.ts";

const folder = scratchFolder();

test("a new one is private, in a folder that is made for it", async () => {
  const path = join(folder, "new/config.toml");
  await writeConfigFile(path, "a = 1\n");
  expect(readFileSync(path, "utf8")).toBe("a = 1\n");
  expect([path, join(folder, "new")].map((each) => statSync(each).mode & 0o777)).toEqual([0o600, 0o700]);
});

test("a link stays one, and what it leads to keeps its mode", async () => {
  mkdirSync(join(folder, "dotfiles"));
  const target = join(folder, "dotfiles/banger.toml");
  writeFileSync(target, "old");
  chmodSync(target, 0o640);
  const path = join(folder, "config.toml");
  symlinkSync(target, path);
  await writeConfigFile(path, "new");
  expect(lstatSync(path).isSymbolicLink()).toBe(true);
  expect(readFileSync(target, "utf8")).toBe("new");
  expect(statSync(target).mode & 0o777).toBe(0o640);
  expect(readdirSync(join(folder, "dotfiles"))).toEqual(["banger.toml"]);
});

test("where it cannot be, the path is named and nothing is left", async () => {
  writeFileSync(join(folder, "file"), "");
  const path = join(folder, "file/config.toml");
  expect(await failure(writeConfigFile(path, ""))).toMatchObject({ message: expect.stringContaining(folder) });
  expect(readFileSync(join(folder, "file"), "utf8")).toBe("");
});
