import { expect, test } from "bun:test";
import { z } from "zod";
import type { Capability } from "../core/api/capability.ts";
import type { VmmDriver } from "../core/api/drivers.ts";
import { BangerError } from "../core/api/errors.ts";
import type { Host } from "../core/api/host.ts";
import type { Config } from "../core/config/index.ts";
import { Bench } from "../core/engine/testing.ts";
import { failure } from "../../test/helpers/failure.ts";
import type { Troupe } from "../builtins.ts";
import { Casts } from "./casts.ts";

const bench = new Bench();
const { spec } = bench.vm;
const base = bench.part("engine", "engine", {});
const bare = (name: string) => ({ name, stages: {}, undo: {}, config: z.strictObject({}) });
const vmm = (name: string, usable: boolean) =>
  ({ ...bare(name), probe: async () => ({ usable, reason: `${name} is not here` }) }) as unknown as VmmDriver;
const troupe: Troupe = {
  vmm: [vmm("first", false), vmm("second", true)],
  storage: [bare("s")],
  network: [
    { ...bare("n"), vmms: ["first", "second"] },
    { ...bare("picky"), vmms: ["first"] },
  ],
  capabilities: [
    {
      ...bare("late"),
      api: "*",
      after: ["early"],
      config: z.strictObject({ enabled: z.boolean().default(true), port: z.int().default(1) }),
    },
    { ...bare("early"), api: "*" },
  ] as Capability[],
};
const options = { first: {}, second: {}, s: {}, n: {}, picky: {} };
const config = {
  vmm: { driver: "auto", options },
  storage: { driver: "s", options },
  network: { driver: "n", options },
  capabilities: { late: { enabled: true, port: 1 }, early: {} },
  written: { vmm: {}, storage: {}, network: {}, capabilities: {} },
} as unknown as Config;
const casts = new Casts(troupe, config, {} as Host, base);

test("a cast is the base, storage, network, the capabilities in their order, and the first VMM that can boot", async () => {
  const cast = await casts.of(spec);
  expect(cast.parts.map(({ key }) => key)).toEqual([
    "engine",
    "storage/s",
    "network/n",
    "capability/early",
    "capability/late",
  ]);
  expect(cast.vmm.key).toBe("vmm/second");
  expect(cast.why).toBe("first: first is not here");
});

test("a VMM that the network cannot serve on this host is passed over", async () => {
  const usable = { ...troupe, vmm: [vmm("first", true), vmm("second", true)] };
  const network = [
    { ...troupe.network[0]!, obstacle: async (_: Host, name: string) => (name === "first" ? "no pasta" : null) },
  ];
  const cast = await new Casts({ ...usable, network }, config, {} as Host, base).of(spec);
  expect([cast.vmm.key, cast.why]).toEqual(["vmm/second", "first: the network n cannot serve it: no pasta"]);
  const first = await new Casts(usable, config, {} as Host, base).of(spec);
  expect([first.vmm.key, first.why]).toEqual(["vmm/first", undefined]);
});

test("the journal's word for the VMM wins over what would be chosen now", async () => {
  expect((await casts.of(spec, { vmmKey: "vmm/first" })).vmm.key).toBe("vmm/first");
});

test("what a VM's flags say is checked and laid over the file's", async () => {
  const cast = await casts.of({ ...spec, capabilities: { late: { port: 7 } } });
  expect(cast.parts.at(-1)!.config).toEqual({ enabled: true, port: 7 });
  const bad = { ...spec, capabilities: { late: { port: "x" } } };
  for (const refused of [casts.of(bad), casts.check(bad)])
    expect(await failure(refused)).toMatchObject({
      code: "CONFIG_INVALID",
      detail: [expect.stringMatching(/^port: /)],
    });
  const without = await casts.of({ ...spec, capabilities: { late: { enabled: false } } });
  expect(without.parts.map(({ key }) => key)).not.toContain("capability/late");
});

test("no VMM that can boot here is an error with everyone's reason", async () => {
  const error: BangerError = await casts.of({ ...spec, network: "picky" }).catch((thrown) => thrown);
  expect(error).toMatchObject({ code: "VMM_UNUSABLE", detail: ["first: first is not here"] });
});

test("what a flag set is blamed on the flag", async () => {
  const [late, early] = troupe.capabilities as [Capability, Capability];
  const flags = { "late-port": { type: "string", help: "", key: "port" } } as const;
  const flagged = new Casts({ ...troupe, capabilities: [{ ...late, flags }, early] }, config, {} as Host, base);
  expect(await failure(flagged.check({ ...spec, capabilities: { late: { port: "x" } } }))).toMatchObject({
    code: "BAD_REQUEST",
    message: expect.stringMatching(/^--late-port: .* \(capability\/late\)$/),
  });
});

test("names that do not exist are refused with what there is", async () => {
  const refusal = async (more: object) => (await failure(casts.check({ ...spec, ...more }))).message;
  expect(await refusal({ vmm: "secnd" })).toBe('there is no VMM called "secnd"');
  expect(await refusal({ storage: "zfs" })).toBe('there is no storage driver called "zfs"');
  expect(await refusal({ capabilities: { lat: {} } })).toBe('there is no capability called "lat"');
  await casts.check(spec);
});

test("participants are found by their journal names", () => {
  expect(casts.find("engine")).toBe(base.participant);
  expect(casts.find("vmm/second")).toBe(troupe.vmm[1]!);
  expect(casts.find("capability/early")).toBe(troupe.capabilities[1]!);
  expect(casts.find("capability/gone")).toBeNull();
  expect(casts.find("nonsense")).toBeNull();
});
