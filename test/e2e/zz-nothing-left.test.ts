import { expect, test } from "bun:test";
import { readdirSync, readlinkSync, realpathSync } from "node:fs";
import { banger } from "../helpers/world.ts";

/** Runs last. Each world has looked after its own; this one looks for whatever has lost its world. */
test("after all of it no process of the program under test is left", async () => {
  const program = realpathSync(banger);
  const running = () =>
    readdirSync("/proc").filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/exe`) === program;
      } catch {
        return false;
      }
    });
  for (let tries = 0; running().length > 0 && tries < 50; tries++) await Bun.sleep(100);
  expect(running()).toEqual([]);
});
