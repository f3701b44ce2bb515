import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import manifest from "../package.json" with { type: "json" };
import tools from "../scripts/tools/package.json" with { type: "json" };
import { root, sourceFiles } from "./helpers/source-files.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");

test("lock files hold hashes and no addresses", () => {
  for (const path of ["bun.lock", "scripts/tools/package-lock.json"]) {
    const text = read(path);
    expect(text).toContain("sha512-");
    expect(text).not.toMatch(/https?:|"resolved"/);
  }
});

test("dependencies are pinned exactly", () => {
  const pins = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies, ...tools.dependencies });
  expect(pins.length).toBeGreaterThan(5);
  expect(pins.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test("bun and its types have one version", () => {
  expect(manifest.devDependencies["bun-types"]).toBe(tools.dependencies["@oven/bun-linux-x64"]);
});

test("no test is skipped or singled out for good, and nothing is left for later", () => {
  const files = ["src", "test", "scripts", "bench", "imagecat", "guest", "packages", "examples"].flatMap(sourceFiles);
  expect(files.length).toBeGreaterThan(20);
  const marks = /\b(test|it|describe)\.(only|skip|todo)\(|\b(TO)DO\b|\bFIX(ME)\b/;
  expect(files.filter(({ text }) => marks.test(text)).map(({ path }) => path)).toEqual([]);
});
