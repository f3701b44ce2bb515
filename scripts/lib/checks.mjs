import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { bunPath } from "./bun.mjs";
import { countsOf, sum } from "./counts.mjs";
import { root } from "./paths.mjs";
import { bunEnvironment } from "./set-up.mjs";

/**
 * A tool that finds nothing to complain about may have looked at nothing: each says how many files it saw.
 * @typedef {{ name: string, argv: string[], saw: (output: string) => number, evidence?: RegExp }} Check
 *   `evidence` matches the lines that are there for `saw` only; a failure's report is shown without them
 */

const filesIn = (/** @type {string} */ output) => Number(/ on (\d+) files/.exec(output)?.[1] ?? 0);

/** The tools run under bun: with Debian 12's Node 18 they don't start. @type {readonly Check[]} */
const checks = [
  {
    name: "types",
    argv: ["tsc", "--noEmit", "--listFiles"],
    saw: (output) =>
      output.split("\n").filter((line) => /^\/.*\.ts$/.test(line) && !line.includes("node_modules")).length,
    evidence: /^\/\S+$/,
  },
  { name: "lint", argv: ["oxlint"], saw: filesIn },
  { name: "format", argv: ["oxfmt", "--check"], saw: filesIn },
  {
    name: "unused code",
    argv: ["knip", "--no-progress", "--performance"],
    saw: (output) => Number(/^parseFile +(\d+)/m.exec(output)?.[1] ?? 0),
    evidence: /%\s*$|^Total running time|^[- ]{40,}$/,
  },
];

/**
 * The static layer: each tool is one test, and the tests at the top of test/ are about the source tree.
 * @returns {Promise<import("./counts.mjs").Counts>}
 */
export async function runChecks() {
  const results = await Promise.all(checks.map(runCheck));
  const files = readdirSync(join(root, "test")).filter((name) => name.endsWith(".test.ts"));
  const tests = await captured(["test", "--only-failures", ...files.map((name) => `./test/${name}`)]);
  if (tests.status !== 0) process.stderr.write(tests.output);
  return sum([...results, countsOf(tests.output, tests.status)]);
}

/**
 * @param {Check} check
 * @returns {Promise<import("./counts.mjs").Counts>}
 */
async function runCheck({ name, argv, saw, evidence }) {
  const { output, status } = await captured(["run", "--bun", ...argv]);
  const files = saw(stripVTControlCharacters(output));
  if (status === 0 && files > 0) return { passed: 1, failed: 0, skipped: 0 };
  const shown = output.split("\n").filter((line) => !evidence?.test(line));
  process.stderr.write(`${name}: ${files > 0 ? "" : "saw no files; "}${argv.join(" ")}\n${shown.join("\n")}\n`);
  return { passed: 0, failed: 1, skipped: 0 };
}

/**
 * @param {readonly string[]} args of bun
 * @returns {Promise<{ output: string, status: number }>} stdout and stderr together
 */
function captured(args) {
  const child = spawn(bunPath(), args, { cwd: root, env: bunEnvironment(), stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ output, status: status ?? 1 }));
  });
}
