import { spawn } from "node:child_process";
import { accessSync, constants, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { bunPath } from "./bun.mjs";
import { runChecks } from "./checks.mjs";
import { countsOf, sum } from "./counts.mjs";
import { binary, cache, root } from "./paths.mjs";
import { bunEnvironment } from "./set-up.mjs";

/**
 * @typedef {object} Layer
 * @property {string} name
 * @property {boolean} built whether it tests dist/banger
 * @property {readonly string[]} tools programs without which it can't run at all
 * @property {(changes?: Changes) => Promise<import("./counts.mjs").Counts>} run
 */

/**
 * What a run does differently: the tests of a layer other than `static`.
 * @typedef {object} Changes
 * @property {string} [only] below the layer's folders: how the names of the files to run begin
 * @property {readonly string[]} [flags] of `bun test`
 * @property {Readonly<Record<string, string>>} [env]
 */

/** In the order in which they run. @type {readonly Layer[]} */
export const layers = [
  { name: "static", built: false, tools: [], run: runChecks },
  {
    name: "unit",
    built: false,
    tools: [],
    run: (changes) => bunTest(["--only-failures"], ["src", "guest", "scripts", "imagecat", "test/lab/matrix"], changes),
  },
  {
    name: "integration",
    built: true,
    tools: [],
    // A busy machine stalls programs for seconds.
    run: (changes) => bunTest(["--timeout", "60000"], ["test/integration"], changes),
  },
  {
    name: "e2e",
    built: true,
    tools: ["qemu-system-x86_64", "mmdebstrap", "mke2fs"],
    // A boot takes seconds in emulation, and the first scenario builds the image.
    run: (changes) => bunTest(["--timeout", "300000"], ["test/e2e"], changes),
  },
  {
    name: "lab",
    built: true,
    tools: ["qemu-system-x86_64", "mmdebstrap", "mke2fs", "debugfs", "python3"],
    // The first scenario builds the lab host; what runs on it is emulated twice.
    run: labTest,
  },
];

/**
 * @param {Layer} layer
 * @returns {string | undefined} why it can't run here
 */
export function obstacle({ tools }) {
  const missing = tools.filter((tool) => !onPath(tool));
  return missing.length > 0 ? `not on PATH: ${missing.join(", ")}` : undefined;
}

/**
 * @param {string} tool
 * @returns {boolean}
 */
function onPath(tool) {
  // An ordinary user's PATH on Debian is without the sbin folders; banger looks there by itself.
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** How often a lab's file may be run until nothing fails in it. */
const labAttempts = 3;

/**
 * The lab's files, one after the other. The emulator that its host runs on loses a guest now and then (test/lab/README.md): a file in which
 * something failed is run once more on a fresh host, which is said.
 * @param {Changes} [changes]
 * @returns {Promise<import("./counts.mjs").Counts>}
 */
async function labTest({ only = "", ...changes } = {}) {
  const files = readdirSync(join(root, "test/lab")).filter(
    (name) => name.startsWith(only) && name.endsWith(".test.ts"),
  );
  const counts = [];
  for (const name of files.sort()) {
    const run = () => bunTest(["--timeout", "600000"], [`test/lab/${name}`], changes);
    let result = await run();
    for (let attempt = 1; result.failed > 0 && attempt < labAttempts; attempt++) {
      console.error(`lab: ${name} failed; once more, on a fresh host`);
      result = await run();
    }
    counts.push(result);
  }
  return sum(counts);
}

/**
 * Runs `bun test` with its output passing through as it comes.
 *
 * Tests find the product at BANGER_BIN and may keep what is dear to make (images, kernels) in BANGER_TEST_CACHE.
 * @param {readonly string[]} flags
 * @param {readonly string[]} folders
 * @param {Changes} [changes]
 * @returns {Promise<import("./counts.mjs").Counts>}
 */
function bunTest(flags, folders, changes = {}) {
  const colour = process.stderr.isTTY && !process.env["NO_COLOR"] ? { FORCE_COLOR: "1" } : {};
  const places = { BANGER_BIN: binary, BANGER_TEST_CACHE: join(cache, "test") };
  const env = { ...bunEnvironment(), ...colour, ...places, ...changes.env };
  // With ./ in front it is a folder, without it is how a path begins.
  const where = folders.map((folder) => (changes.only ? `${folder}/${changes.only}` : `./${folder}`));
  const child = spawn(bunPath(), ["test", ...flags, ...(changes.flags ?? []), ...where], {
    cwd: root,
    env,
    stdio: ["ignore", 2, "pipe"],
  });
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text) => {
    process.stderr.write(text);
    stderr = (stderr + text).slice(-10_000);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve(countsOf(stderr, status ?? 1)));
  });
}
