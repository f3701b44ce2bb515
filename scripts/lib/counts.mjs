import { stripVTControlCharacters } from "node:util";

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 */

/** @type {Counts} */
export const none = { passed: 0, failed: 0, skipped: 0 };

/**
 * @param {readonly Counts[]} all
 * @returns {Counts}
 */
export function sum(all) {
  return all.reduce(
    (a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }),
    none,
  );
}

/**
 * What `bun test` did, from the summary on its stderr. Its JUnit report is no substitute: files that fail to load
 * are missing there.
 * @param {string} stderr
 * @param {number} status exit status
 * @returns {Counts} a run that saw no test, or failed without a failing test, counts as one failure
 */
export function countsOf(stderr, status) {
  const number = (/** @type {string} */ word) => Number(new RegExp(`^ *(\\d+) ${word}$`, "m").exec(tail)?.[1] ?? 0);
  // Tests may print such lines too; the summary is what comes last.
  const tail = stripVTControlCharacters(stderr).split("\n").slice(-12).join("\n");
  const counts = { passed: number("pass"), failed: number("fail"), skipped: number("skip") + number("todo") };
  const sawTests = counts.passed + counts.failed > 0;
  return counts.failed === 0 && (status !== 0 || !sawTests) ? { ...counts, failed: 1 } : counts;
}

/**
 * @param {Counts} counts
 * @returns {string} `3 passed, 0 failed`, with the skipped ones only where there are any
 */
export function countsLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
