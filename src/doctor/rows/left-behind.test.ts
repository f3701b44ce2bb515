import { expect, test } from "bun:test";
import type { Facts } from "../deps.ts";
import { leftBehind } from "./left-behind.ts";

test("who is gone and has left something is told of, with both ways out", async () => {
  const effects = [
    { participant: "vmm/qemu", vms: ["otter"] },
    { participant: "capability/dns", vms: ["otter"] },
    { participant: "capability/here", vms: ["otter"] },
    { participant: "capability/gone", vms: ["otter", "heron"] },
  ];
  const facts = {
    paths: { database: "/db" },
    inspectStore: async () => ({ state: "ok", version: 1, vms: 2, effects }),
    troupe: { capabilities: [{ name: "dns" }] },
    plugins: { capabilities: [{ name: "here" }] },
  } as unknown as Facts;
  const rows = await leftBehind(facts);
  expect(rows).toMatchObject([{ row: "gone", status: "warn", message: expect.stringContaining("otter, heron") }]);
  expect(rows[0]!.detail!.join()).toMatch(/plugin enable gone.*plugin forget gone/);
  expect(await leftBehind({ ...facts, inspectStore: async () => ({ state: "missing" }) })).toEqual([]);
});
