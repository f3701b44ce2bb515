import { afterAll, beforeAll, expect } from "bun:test";
import { difference, type Inventory } from "./inventory.ts";
import { Lab } from "./lab.ts";
import { Installed } from "./matrix/installed.ts";
import { scenario } from "./scenario.ts";

const long = 600_000;
const boot = ["--boot-timeout", "120s"];

let lab: Lab;
let host: Installed;
let before: Inventory;
beforeAll(async () => {
  lab = await Lab.up();
  host = await Installed.on(lab);
  await host.u.banger("vm", "create", "--no-start", "--nat", "--name", "otter");
  // After a boot other things are there by themselves than in the saved state.
  await lab.reboot();
  await host.answered();
  before = await lab.inventory();
}, long);
afterAll(() => lab?.down());

/** Starts the VM, which adds a line to its data; resolves with the lines there are. */
async function written(): Promise<number> {
  const { u } = host;
  await u.ok(["banger", "vm", "start", ...boot, "otter"], { timeout: long });
  const script = "hostname >> /srv/data; sync; wc -l < /srv/data";
  return Number(await u.ok(["banger", "vm", "exec", "otter", "--", "sh", "-ec", script], { timeout: long }));
}

/** What is there now and was not before: what belongs to a VM that has run once, and to the first start of any, is not counted. */
async function left(): Promise<readonly string[]> {
  const { id } = await host.u.json<{ id: string }>("vm", "show", "otter");
  const theirs = [`/var/lib/banger/vms/${id}`, "/initramfs-"];
  const lines = difference(before, await lab.inventory());
  return lines.filter((line) => !theirs.some((part) => line.startsWith("+ files /") && line.includes(part)));
}

for (const [times, how, reboot] of [
  [1, "is rebooted", () => lab.reboot()],
  [2, "loses its power", () => lab.powerCycle()],
] as const) {
  scenario(
    () => lab,
    `when the host ${how} with a VM running, it is stopped afterwards with a reason, and nothing is left over`,
    async () => {
      expect(await written()).toBe(times);
      await reboot();
      await host.answered();
      const { state, stateReason } = await host.u.json("vm", "show", "otter");
      expect([state, stateReason]).toEqual(["stopped", expect.stringContaining("ended")]);
      expect(await left()).toEqual([]);
    },
    long,
  );
}

scenario(
  () => lab,
  "and it starts again, with its data",
  async () => {
    expect(await written()).toBe(3);
    await host.u.ok(["banger", "vm", "delete", "-f", "otter"], { timeout: long });
  },
  long,
);
