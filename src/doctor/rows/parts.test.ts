import { expect, test } from "bun:test";
import type { Capability, Finding } from "../../core/api/capability.ts";
import type { Host } from "../../core/api/host.ts";
import type { Facts } from "../deps.ts";
import { capabilities } from "./parts.ts";

const capability = (name: string, doctor?: Capability["doctor"]) => ({ name, ...(doctor && { doctor }) }) as Capability;

test("each capability has a row, whatever another one does or calls its own", async () => {
  const row = (row: string): Finding => ({ row, status: "warn", message: "of mine" });
  const troupe = {
    capabilities: [
      capability("quiet"),
      capability("off", () => Promise.reject(new Error("not asked"))),
      capability("good", async () => [row("good"), row("good server")]),
      capability("bad", () => Promise.reject(new TypeError("no"))),
      capability("liar", async () => [row("kvm")]),
    ],
  } as unknown as Facts["troupe"];
  const config = { capabilities: { off: { enabled: false } } } as unknown as Facts["config"];
  const rows = await capabilities({ host: {} as Host, config, troupe });
  expect(rows.map(({ row, status, message }) => [row, status, message])).toEqual([
    ["quiet", "pass", "ready"],
    ["off", "pass", "turned off"],
    ["good", "warn", "of mine"],
    ["good server", "warn", "of mine"],
    ["bad", "fail", "capability/bad failed at doctor: no"],
    [
      "liar",
      "fail",
      expect.stringContaining("capability/liar gives rows for doctor that cannot be used: [0].row: must be liar"),
    ],
  ]);
});
