/**
 * npm run bench [-- --rounds N] [--json]: what banger costs over the bare programs it stands on, as medians and ratios of one run. Ratios
 * hold where absolute times do not: the runs are paired, A B A B. Exits 1 when a limit is missed.
 */
import { parseArgs } from "node:util";
import { World } from "../test/helpers/world.ts";
import { bootRows } from "./rows/boot.ts";
import { dnsRows } from "./rows/dns.ts";
import { execRows } from "./rows/exec.ts";
import { firecrackerRows } from "./rows/firecracker.ts";
import { memoryRows } from "./rows/memory.ts";
import { pluginRows } from "./rows/plugins.ts";
import { startUpRows } from "./rows/start-up.ts";
import { isWithin, renderTable, type Row } from "./table.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    json: { type: "boolean", default: false },
    only: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const parts: Readonly<Record<string, (world: World) => Promise<Row[]>>> = {
  boot: (world) => bootRows(world, rounds),
  exec: (world) => execRows(world, rounds),
  start: (world) => startUpRows(world, rounds),
  memory: memoryRows,
  dns: () => dnsRows(rounds),
  plugins: () => pluginRows(rounds),
  firecracker: () => firecrackerRows(rounds),
};

const world = await World.create();
const rows: Row[] = [];
try {
  for (const [name, part] of Object.entries(parts)) {
    if (values.only !== undefined && values.only !== name) continue;
    process.stderr.write(`${name} …\n`);
    rows.push(...(await part(world)));
  }
} finally {
  await world.destroy();
}
console.log(values.json ? JSON.stringify(rows, null, 2) : renderTable(rows));
process.exit(rows.every(isWithin) ? 0 : 1);
