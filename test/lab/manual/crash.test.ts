import { afterAll, beforeAll, expect } from "bun:test";
import { selection, victims } from "../matrix/cases.ts";
import { Matrix, table, type Tried } from "../matrix/matrix.ts";
import { Lab } from "../lab.ts";
import { scenario } from "../scenario.ts";

const long = 1_800_000;

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
    const chosen = selection(matrix.cases);
    expect(chosen.length).toBeGreaterThanOrEqual(15);
    const tried: Tried[] = [];
    for (const one of chosen) tried.push(await matrix.try(one));
    expect(await matrix.end()).toEqual([]);
    if (tried.some(({ left }) => left.length > 0)) throw new Error(table(tried, victims));
  },
  long,
);
