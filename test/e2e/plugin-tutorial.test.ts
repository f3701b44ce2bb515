import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { follow, placeProgram } from "../helpers/documented.ts";
import { readmeFiles, readmeSteps } from "../helpers/readme-blocks.ts";
import { root } from "../helpers/source-files.ts";
import { World } from "../helpers/world.ts";

const page = readFileSync(join(root, "docs/plugins.md"), "utf8");
const [steps, files] = [readmeSteps(page), readmeFiles(page)];

let world: World;
let usual: number;
beforeAll(async () => {
  // As many distributions have it: what a reader makes is the group's too, unless somebody takes care.
  usual = process.umask(0o002);
  world = await World.create();
  placeProgram(world);
});
afterAll(async () => {
  process.umask(usual);
  await world.destroy();
});

test("the page makes a plugin", () => {
  expect(steps[0]?.command).toBe("banger plugin new scratch");
  expect(files.map(({ path }) => path)).toContain("scratch/index.ts");
});

/** Word by word: each file is written where the page shows it, each command is typed where the page has it. */
for (const step of [...steps, ...files].toSorted((a, b) => a.line - b.line)) {
  if ("command" in step) test(`docs/plugins.md:${step.line}  ${step.command}`, () => follow(world, step));
  else {
    test(`docs/plugins.md:${step.line}  ${step.path}`, () => {
      writeFileSync(join(world.root, "config/banger/plugins", step.path), step.text);
    });
  }
}
