/**
 * bun run scripts/coverage/main.ts [--json] FOLDER: prints what the runs in FOLDER/LAYER/*.json have covered of FOLDER/maps.json.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CountsByPath } from "./counts.ts";
import { merge, type Maps } from "./figures.ts";
import { makeReport, table } from "./report.ts";

const args = process.argv.slice(2);
const folder = args.find((arg) => !arg.startsWith("--"));
if (folder === undefined) throw new Error("which folder?");

const maps = read(join(folder, "maps.json")) as Maps;
const layers = new Map<string, CountsByPath>();
for (const entry of readdirSync(folder, { withFileTypes: true })) {
  if (!entry.isDirectory()) continue;
  const names = readdirSync(join(folder, entry.name)).filter((name) => name.endsWith(".json"));
  const { counts, stale } = merge(maps, counted(join(folder, entry.name), names));
  layers.set(entry.name, counts);
  console.error(`${entry.name}: counts of ${names.length} processes`);
  if (stale.length > 0) console.error(`${entry.name}: changed since the build, not counted: ${stale.join(" ")}`);
}
const report = makeReport(maps, layers);
process.stdout.write(args.includes("--json") ? `${JSON.stringify(report, null, 2)}\n` : table(report));

/** One after the other: thousands of them are not all held at once. */
function* counted(folder: string, names: readonly string[]): Generator<CountsByPath> {
  for (const name of names) yield read(join(folder, name)) as CountsByPath;
}

function read(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}
