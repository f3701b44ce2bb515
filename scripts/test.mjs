// npm test [-- [--fresh] LAYER…]: sets up, builds, runs the layers in order. Exit 0 when nothing failed.
// The last line of stdout is the sum: `N passed, N failed`, and `, N skipped` where there are any.
import { StepError } from "./lib/child.mjs";
import { countsLine, none, sum } from "./lib/counts.mjs";
import { layers, obstacle } from "./lib/layers.mjs";
import { build, forget, setUp } from "./lib/set-up.mjs";

const args = process.argv.slice(2);
const fresh = args.includes("--fresh");
const names = args.filter((arg) => arg !== "--fresh");
const failure = { ...none, failed: 1 };
const inCi = process.env["CI"] === "true";

process.exitCode = await main();

/** @returns {Promise<number>} */
async function main() {
  const unknown = names.filter((name) => !layers.some((layer) => layer.name === name));
  if (unknown.length > 0) {
    console.error(
      `test: no layer is called ${unknown.join(", ")}; there are ${layers.map(({ name }) => name).join(", ")}`,
    );
    return 2;
  }
  const chosen = layers.filter(({ name }) => names.length === 0 || names.includes(name));
  const results = [];
  if (await prepared(chosen.some(({ built }) => built))) {
    for (const layer of chosen) results.push(await run(layer));
  } else {
    results.push(failure);
  }
  const total = sum(results);
  console.log(countsLine(total));
  return total.failed > 0 ? 1 : 0;
}

/**
 * @param {boolean} withProduct
 * @returns {Promise<boolean>}
 */
async function prepared(withProduct) {
  try {
    if (fresh) forget();
    setUp({ develop: true });
    if (withProduct) build();
    return true;
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    console.error(`test: ${error.message}`);
    return false;
  }
}

/**
 * @param {import("./lib/layers.mjs").Layer} layer
 * @returns {Promise<import("./lib/counts.mjs").Counts>}
 */
async function run(layer) {
  const why = obstacle(layer);
  const began = Date.now();
  const counts = why ? (inCi ? failure : { ...none, skipped: 1 }) : await layer.run();
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  const note = why ? `can't run here: ${why}` : `${seconds}s`;
  console.log(`${layer.name.padEnd(12)} ${countsLine(counts).padEnd(36)} ${note}`);
  return counts;
}
