// npm run coverage [-- [--json] LAYER[/NAME]…]: runs the layers with an instrumented banger, in its tests too, and prints what ran.
// Exit 0 when the table could be printed and no test failed. What the tests say is on stderr.
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bunPath } from "./lib/bun.mjs";
import { edge, must, StepError } from "./lib/child.mjs";
import { countsLine, sum } from "./lib/counts.mjs";
import { layers, obstacle } from "./lib/layers.mjs";
import { root } from "./lib/paths.mjs";
import { build, bunEnvironment, setUp } from "./lib/set-up.mjs";

const args = process.argv.slice(2);
const json = args.includes("--json");
const wanted = args.filter((arg) => arg !== "--json");
const measurable = layers.filter(({ name }) => name !== "static");
const here = (/** @type {string} */ name) => join(root, "scripts/coverage", name);
const bun = (/** @type {string[]} */ ...argv) => [bunPath(), "run", ...argv];

await edge("coverage", async () => {
  const chosen = choose();
  setUp({ develop: true });
  for (const { layer } of chosen) {
    const why = obstacle(layer);
    if (why) throw new StepError(`${layer.name} can't run here: ${why}`);
  }
  // Tests that run parts of it from source take the agent from dist/.
  if (chosen.some(({ layer }) => layer.built)) build();
  const folder = mkdtempSync(join(tmpdir(), "banger-coverage-"));
  chmodSync(folder, 0o755); // programs under test run as other users, too
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));
  must(bun(here("build.ts"), folder), { cwd: root, env: bunEnvironment() });
  const results = [];
  for (const { layer, only } of chosen) results.push(await run(layer, only, folder));
  const report = bun(here("main.ts"), ...(json ? ["--json"] : []), folder);
  must(report, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  return sum(results).failed > 0 ? 1 : 0;
});

/** All layers, or those that were named, with the beginning of the names of the test files to run. */
function choose() {
  if (wanted.length === 0) return measurable.map((layer) => ({ layer, only: "" }));
  return wanted.map((word) => {
    const [name, ...only] = word.split("/");
    const layer = measurable.find((layer) => layer.name === name);
    if (layer) return { layer, only: only.join("/") };
    throw new StepError(`no layer is called ${name}; there are ${measurable.map(({ name }) => name).join(", ")}`);
  });
}

/**
 * @param {import("./lib/layers.mjs").Layer} layer
 * @param {string} only
 * @param {string} folder
 */
async function run(layer, only, folder) {
  const counts = join(folder, layer.name);
  mkdirSync(counts, { recursive: true });
  chmodSync(counts, 0o1777);
  const result = await layer.run({
    only,
    flags: ["--preload", here("preload.ts")],
    env: { BANGER_BIN: join(folder, "banger"), BANGER_COVERAGE_DIR: counts },
  });
  console.error(`${layer.name}: ${countsLine(result)}`);
  return result;
}
