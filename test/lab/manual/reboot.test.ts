import { afterAll, beforeAll, expect } from "bun:test";
import { difference, type Inventory } from "../inventory.ts";
import { Lab } from "../lab.ts";
import { Installed } from "../matrix/installed.ts";
import { scenario } from "../scenario.ts";

const long = 1_200_000;
const boot = ["--boot-timeout", "400s"];

let lab: Lab;
let host: Installed;
let before: Inventory;
beforeAll(async () => {
  lab = await Lab.up();
  host = await Installed.on(lab);
  await host.u.ok(["banger", "vm", "run", "-d", "--nat", "--name", "otter", ...boot], { timeout: long });
  await host.u.ok(["banger", "vm", "stop", "otter"], { timeout: long });
  // After a boot other things are there by themselves than in the saved state.
  await lab.reboot();
  await host.answered();
  before = await lab.inventory();
}, long);
afterAll(() => lab?.down());

for (const [how, reboot] of [
  ["is rebooted", () => lab.reboot()],
  ["loses its power", () => lab.powerCycle()],
] as const) {
  scenario(
    () => lab,
    `when the host ${how} with a VM running, it is stopped afterwards with a reason, nothing is left over, and its data is there`,
    async () => {
      const { u } = host;
      await u.ok(["banger", "vm", "start", ...boot, "otter"], { timeout: long });
      await u.ok(["banger", "vm", "exec", "otter", "--", "sh", "-c", "hostname >> /srv/data; sync"], { timeout: long });
      await reboot();
      await host.answered();
      const { state, stateReason } = await u.json("vm", "show", "otter");
      expect([state, stateReason]).toEqual(["stopped", expect.stringContaining("ended")]);
      expect(difference(before, await lab.inventory())).toEqual([]);
      await u.ok(["banger", "vm", "start", ...boot, "otter"], { timeout: long });
      const lines = await u.ok(["banger", "vm", "exec", "otter", "--", "cat", "/srv/data"], { timeout: long });
      expect(lines.split("\n")).toHaveLength(how === "is rebooted" ? 1 : 2);
      await u.ok(["banger", "vm", "stop", "otter"], { timeout: long });
    },
    long,
  );
}
