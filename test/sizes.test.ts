import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root, sourceFiles } from "./helpers/source-files.ts";

const ours = ["src", "test", "scripts", "bench", "imagecat", "guest", "packages", "examples"];
const code = ours.flatMap(sourceFiles);
const agent = [...new Bun.Glob("guest/**/*.{c,h}").scanSync({ cwd: root })].map((path) => ({
  path,
  text: readFileSync(join(root, path), "utf8"),
}));
const lines = (text: string): number => text.split("\n").length - 1;

test("the source tree was found", () => {
  expect(code.length).toBeGreaterThan(20);
});

test("half of the files have less than 100 lines, none more than 400", () => {
  const all = [...code, ...agent]
    .map(({ path, text }) => ({ path, lines: lines(text) }))
    .sort((a, b) => a.lines - b.lines);
  expect(all.filter((file) => file.lines > 400)).toEqual([]);
  expect(all[Math.floor(all.length / 2)]!.lines).toBeLessThan(100);
});

test("file names are kebab-case", () => {
  const names = [...code, ...agent].map(({ path }) => path);
  const odd = names.filter((path) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.d)?\.(ts|mjs|c|h)$/.test(basename(path)));
  expect(odd).toEqual([]);
});
