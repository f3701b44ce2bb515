import { afterAll, beforeAll, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { follow, placeProgram } from "../helpers/documented.ts";
import { readmeSteps } from "../helpers/readme-blocks.ts";
import { root } from "../helpers/source-files.ts";
import { World } from "../helpers/world.ts";

let world: World;
beforeAll(async () => {
  world = await World.create();
  placeProgram(world);
});
afterAll(() => world.destroy());

/** One after the other, as a reader would: a later one may need what an earlier one made. */
for (const step of readmeSteps(readFileSync(join(root, "README.md"), "utf8")))
  test(`README.md:${step.line}  ${step.command}`, () => follow(world, step));
