import { expect, test } from "bun:test";
import type { CountsByPath } from "./counts.ts";
import { fileFigures, merge, type Maps } from "./figures.ts";
import { instrument } from "./instrument.ts";
import { makeReport, table } from "./report.ts";

const source = (path: string): string => `export function choose(yes: boolean): string {
  if (yes) return "${path}";
  return "no";
}

export const other = (): number => 1;
`;
const paths = ["src/a/one.ts", "src/a/two.ts", "src/b/three.ts"];
const maps: Maps = Object.fromEntries(paths.map((path) => [path, instrument(source(path), path)]));
const [one, two] = paths as [string, string, string];

/** As if choose() had been called so often with true and with false. */
function called(path: string, yes: number, no: number): CountsByPath {
  const { hash } = maps[path]!;
  // Statements: the if, the first return, the second, `other`, its value.
  return { [path]: { hash, s: [yes + no, yes, no, 1, 0], f: [yes + no, 0], b: [[yes, no]] } };
}

test("the map has the statements that the counts are about", () => {
  const { data } = maps[one]!;
  expect(Object.values(data.statementMap).map(({ start }) => start.line)).toEqual([2, 2, 3, 6, 6]);
  expect(Object.values(data.s)).toEqual([0, 0, 0, 0, 0]);
});

test("counts of several processes add up", () => {
  const { counts, stale } = merge(maps, [called(one, 1, 0), called(two, 0, 1), called(one, 2, 3)]);
  expect(counts).toEqual({
    ...called(one, 3, 3),
    ...called(two, 0, 1),
    [one]: { ...counts[one]!, s: [6, 3, 3, 2, 0] },
  });
  expect(stale).toEqual([]);
});

test("counts of other sources are named and left out, files that are no part of the product are left out", () => {
  const changed = { [one]: { ...called(one, 1, 1)[one]!, hash: "of another text" } };
  const foreign = { "src/a/testing.ts": called(one, 1, 1)[one]! };
  expect(merge(maps, [changed, foreign])).toEqual({ counts: {}, stale: [one] });
});

test("a file's figures: lines once each, branches and functions, and what never ran", () => {
  const figures = fileFigures(maps, called(one, 1, 0));
  expect(figures.get(one)).toEqual({
    lines: { covered: 2, total: 3 },
    branches: { covered: 1, total: 2 },
    functions: { covered: 1, total: 2 },
    missed: [3],
  });
  expect(figures.get(two)).toEqual({
    lines: { covered: 0, total: 3 },
    branches: { covered: 0, total: 2 },
    functions: { covered: 0, total: 2 },
    missed: [2, 3, 6],
  });
});

test("the table has unit tests beside real guests, what real guests saw least first, and files that nothing loads", () => {
  const report = makeReport(
    maps,
    new Map([
      ["unit", called(one, 1, 1)],
      ["integration", called(one, 0, 1)],
      ["e2e", called(one, 1, 0)],
      ["lab", called(two, 0, 1)],
    ]),
  );
  expect(table(report)).toBe(
    [
      "                                       unit        guests           all",
      "                               lines   line branch   line branch   line branch",
      "src/b                              3     0%     0%     0%     0%     0%     0%",
      "src/a                              6    50%    50%    83%    50%   100%    75%",
      "total                              9    33%    33%    55%    33%    66%    50%",
      "",
    ].join("\n"),
  );
  expect(report.files.map(({ name, guests }) => [name, guests?.missed])).toEqual([
    [one, [3]],
    [two, []],
    ["src/b/three.ts", [2, 3, 6]],
  ]);
});

test("what did not run is no zero", () => {
  const report = makeReport(maps, new Map([["unit", {}]]));
  expect(table(report).split("\n")[4]).toBe(
    "total                              9     0%     0%      –      –     0%     0%",
  );
});
