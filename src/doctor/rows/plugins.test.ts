import { expect, test } from "bun:test";
import type { Finding } from "../../core/api/capability.ts";
import { BangerError } from "../../core/api/errors.ts";
import type { Host } from "../../core/api/host.ts";
import { plugins, type PluginSource } from "./plugins.ts";

interface Played {
  readonly wanted?: boolean;
  readonly settings?: { readonly enabled?: boolean };
  readonly judge?: () => Promise<boolean>;
  readonly doctor?: () => Promise<readonly Finding[]>;
}

async function rowOf({ wanted = true, settings = {}, judge = async () => true, doctor = async () => [] }: Played) {
  const capability = { name: "x", wanted: () => wanted, doctor };
  const source = { capabilities: [capability], written: () => settings, judge } as unknown as PluginSource;
  const [row, ...more] = await plugins({} as Host, source);
  expect(more).toEqual([]);
  return row;
}

const refused = (): Promise<never> =>
  Promise.reject(new BangerError("PLUGIN_REFUSED", "its files have changed", { hint: "enable it" }));

const cases: readonly (readonly [string, Played, object])[] = [
  ["ready", {}, { status: "pass", message: "ready" }],
  ["ready, and not for everyone", { wanted: false }, { status: "pass", message: "ready for VMs that ask for it" }],
  ["off by its own word", { judge: async () => false }, { status: "pass", message: "ready for VMs that ask for it" }],
  [
    "turned off, not asked",
    { settings: { enabled: false }, judge: refused },
    { status: "pass", message: "turned off" },
  ],
  [
    "with a row of its own",
    { doctor: async () => [{ row: "x", status: "warn", message: "thirsty" }] },
    { status: "warn", message: "thirsty" },
  ],
  [
    "that keeps every VM from starting",
    { judge: refused },
    { status: "fail", message: "capability/x failed at doctor: its files have changed", detail: ["enable it"] },
  ],
  ["that nobody has to use", { judge: refused, wanted: false }, { status: "warn" }],
  ["that breaks", { doctor: () => Promise.reject(new Error("no")) }, { status: "fail" }],
];

test.each(cases)("a plugin %s", async (_, played, row) => {
  expect(await rowOf(played)).toMatchObject({ row: "x", ...row });
});
