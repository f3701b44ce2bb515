import { afterAll, beforeAll, expect } from "bun:test";
import { victims } from "./matrix/cases.ts";
import { Matrix, stepOf, table, type Tried } from "./matrix/matrix.ts";
import { Lab } from "./lab.ts";
import { scenario } from "./scenario.ts";

const long = 600_000;

/** A few of the matrix's, each in the midst of something else. */
const deaths = [
  "daemon start done:storage/dm-snapshot.unmap:1",
  "daemon start done:capability/nat.remove:1",
  "daemon start done:vmm/firecracker.kill:1",
  "helper start after:tap.create:1",
  "firecracker start after:jail.start:1",
  "daemon stop undone:capability/dns.unroute:1",
  "helper stop after:dm.remove:1",
  "firecracker stop while it shuts down",
  "daemon delete undone:capability/workdisk.remove:1",
];

let lab: Lab;
let matrix: Matrix;
beforeAll(async () => {
  lab = await Lab.up();
  matrix = await Matrix.on(lab);
}, long);
afterAll(() => lab?.down());

scenario(
  () => lab,
  "whoever is killed at a step, what recovers leaves nothing, and the VM starts",
  async () => {
    const chosen = deaths.map((death) => matrix.cases.find((one) => `${one.victim} ${stepOf(one)}` === death)!);
    expect(chosen).not.toContain(undefined);
    const tried: Tried[] = [];
    for (const one of chosen) tried.push(await matrix.try(one));
    expect(await matrix.end()).toEqual([]);
    if (tried.some(({ left }) => left.length > 0)) throw new Error(table(tried, victims));
  },
  long,
);
