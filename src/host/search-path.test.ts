import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { findProgram, searchPath } from "./search-path.ts";

const folder = scratchFolder();

test("PATH comes first, the sbin folders last, relative entries nowhere", () => {
  expect(searchPath("/a:.:bin::/usr/sbin:/a")).toEqual(["/a", "/usr/sbin", "/usr/local/sbin", "/sbin"]);
  expect(searchPath(undefined)).toContain("/usr/bin");
  expect(searchPath("")).toEqual(searchPath(undefined));
});

test("only files that can be run are programs", () => {
  mkdirSync(join(folder, "first/tool"), { recursive: true });
  mkdirSync(join(folder, "second"));
  writeFileSync(join(folder, "second/tool"), "", { mode: 0o755 });
  writeFileSync(join(folder, "second/text"), "", { mode: 0o644 });
  const folders = [join(folder, "none"), join(folder, "first"), join(folder, "second")];
  expect(findProgram("tool", folders)).toBe(join(folder, "second/tool"));
  expect(findProgram("text", folders)).toBeNull();
  expect(findProgram(join(folder, "second/tool"), [])).toBe(join(folder, "second/tool"));
  for (const odd of ["", "second/tool", "../tool", "./tool", join(folder, "first/tool")])
    expect(findProgram(odd, folders)).toBeNull();
});
