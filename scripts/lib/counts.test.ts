import { expect, test } from "bun:test";
import { countsLine, countsOf, none, sum } from "./counts.mjs";

test("countsOf reads the summary that comes last", () => {
  const output =
    " 99 pass\n".padEnd(400, "\n") + "\n 13 pass\n 1 skip\n 2 todo\n 3 fail\n 20 expect() calls\nRan 19 tests\n";
  expect(countsOf(output, 1)).toEqual({ passed: 13, failed: 3, skipped: 3 });
});

test("countsOf reads through terminal colours", () => {
  expect(countsOf("\u001b[32m 2 pass\u001b[0m\n\u001b[0m\u001b[2m 0 fail\u001b[0m\n", 0)).toEqual({
    ...none,
    passed: 2,
  });
});

test("a run that saw no test, crashed, or failed without a failing test is one failure", () => {
  expect(countsOf('Test filter "./src" had no matches\n', 1)).toEqual({ ...none, failed: 1 });
  expect(countsOf("", 0)).toEqual({ ...none, failed: 1 });
  expect(countsOf(" 5 pass\n 0 fail\n", 134)).toEqual({ ...none, passed: 5, failed: 1 });
});

test("sum and countsLine", () => {
  const total = sum([
    { ...none, passed: 2 },
    { passed: 1, failed: 1, skipped: 1 },
  ]);
  expect(countsLine(total)).toBe("3 passed, 1 failed, 1 skipped");
  expect(countsLine(none)).toBe("0 passed, 0 failed");
});
