import { expect, test } from "bun:test";
import type { Nic } from "../../core/api/contributions.ts";
import { BangerError } from "../../core/api/errors.ts";
import type { ProgressEvent } from "../../core/api/events.ts";
import type { Ctx } from "../../core/api/participant.ts";
import { Rehearsal } from "../../core/engine/rehearsal.ts";
import { fakePlace } from "../../../test/helpers/places.ts";
import { eventually } from "../../../test/helpers/eventually.ts";
import type { NatConfig } from "./config.ts";
import { createNat } from "./index.ts";

const vm = { vm: "0123456789abcdef" };
const bridged: Nic = {
  id: "bridge",
  mac: "02:01:23:45:67:89",
  backend: { kind: "tap", name: "bt-0123456789ab", bridge: "br-fc" },
  guest: { address: "172.16.0.2/24" },
};
const slirp: Nic = { id: "user", mac: "02:01:23:45:67:89", backend: { kind: "user" } };

const settings = async (section: object): Promise<NatConfig> => {
  const result = await createNat().config["~standard"].validate(section);
  if (result.issues !== undefined) throw new Error("refused");
  return result.value as NatConfig;
};

const begin = async (section: object, nics: readonly Nic[] = [bridged]) => {
  const nat = createNat();
  const place = await fakePlace();
  const config = await settings(section);
  const rehearsal = new Rehearsal(nat, place.vm, place.host, config, { privileged: place.privileged!, nics });
  const events: ProgressEvent[] = [];
  const ctx: Ctx = { ...rehearsal.ctx(), emit: (event) => void events.push(event) };
  return { ...place, nat, config, rehearsal, ctx, events };
};

test("it is opt-in: by a flag for one VM, by the configuration for all", async () => {
  expect(await settings({})).toEqual({ enabled: true, masquerade: false });
  expect(await settings({ enabled: true })).toEqual({ enabled: true, masquerade: true });
  expect(await settings({ enabled: true, masquerade: false })).toEqual({ enabled: true, masquerade: false });
  expect(await settings({ enabled: false })).toEqual({ enabled: false, masquerade: false });
  expect(await settings({ enabled: false, masquerade: true })).toEqual({ enabled: true, masquerade: true });
});

test("a VM that did not ask for it gets nothing", async () => {
  const { rehearsal, asked } = await begin({});
  await rehearsal.perform();
  expect(asked).toEqual([]);
});

test("one that did: rules at the start, which its undo takes away", async () => {
  const { rehearsal, asked } = await begin({ masquerade: true });
  await rehearsal.perform();
  expect(rehearsal.effects).toMatchObject([{ undo: "remove", args: vm, done: true }]);
  await rehearsal.undo();
  expect(asked).toEqual([
    ["nat.add", vm],
    ["nat.remove", vm],
  ]);
});

test("a firewall that nobody else may change is named", async () => {
  const { nat, ctx, events } = await begin({ masquerade: true });
  const privileged = Object.assign(async () => ({ obstacles: ["inet firewalld"] }), { available: true });
  await nat.stages.start!({ ...ctx, privileged });
  expect(events).toMatchObject([{ level: "warning", message: expect.stringContaining("the table inet firewalld") }]);
});

test("on and off while it runs", async () => {
  const { nat, ctx, asked, rehearsal } = await begin({});
  const [off, on] = [await settings({}), await settings({ masquerade: true })];
  await nat.onConfigChange!(ctx, off, on);
  expect(rehearsal.effects).toHaveLength(1);
  await nat.onConfigChange!(ctx, on, off);
  await nat.onConfigChange!(ctx, off, off);
  expect(asked.map(([name]) => name)).toEqual(["nat.add", "nat.remove"]);
});

test("where the outside is reached anyway, or nothing is, it says so and does nothing", async () => {
  for (const nics of [[slirp], []]) {
    const { nat, ctx, events, asked } = await begin({ masquerade: true }, nics);
    await nat.stages.start!(ctx);
    await nat.takeOver!(ctx);
    expect(events).toMatchObject([
      { type: "notice", level: "info", message: expect.stringContaining("changes nothing") },
    ]);
    expect(asked).toEqual([]);
  }
});

test("changes of routes are followed by one look, while a VM with NAT runs, after a new daemon too", async () => {
  const { nat, ctx, asked, host, vm: view, privileged } = await begin({ masquerade: true });
  await nat.takeOver!(ctx);
  // And not nat.add: a VM that has been without, whatever config.toml says by now, would have no undo.
  expect(asked).toEqual([["nat.follow", {}]]);
  host.changeRoutes();
  host.changeRoutes();
  await eventually(() => asked.length === 2);
  expect(asked.at(-1)).toEqual(["nat.follow", {}]);
  await nat.cleanup!({ vm: view, config: {}, host, privileged: privileged! });
  host.changeRoutes();
  await Bun.sleep(300);
  expect(asked).toHaveLength(2);
});

test("what changes during a look is looked at once, afterwards", async () => {
  const { nat, ctx, host, vm: view, privileged } = await begin({ masquerade: true });
  const looks: PromiseWithResolvers<null>[] = [];
  let takenOver = false;
  const slow = Object.assign(
    async () => {
      if (!takenOver) return null;
      looks.push(Promise.withResolvers<null>());
      return looks.at(-1)!.promise;
    },
    { available: true },
  );
  await nat.takeOver!({ ...ctx, privileged: slow });
  takenOver = true;
  host.changeRoutes();
  await eventually(() => looks.length === 1);
  for (let round = 0; round < 3; round++) {
    host.changeRoutes();
    await Bun.sleep(250);
  }
  expect(looks).toHaveLength(1);
  looks[0]!.resolve(null);
  await eventually(() => looks.length === 2);
  looks[1]!.resolve(null);
  await Bun.sleep(250);
  expect(looks).toHaveLength(2);
  await nat.cleanup!({ vm: view, config: {}, host, privileged: privileged! });
});

test("doctor: the uplink, and what is missing", async () => {
  const { nat, host, config } = await begin({});
  const answers = host.answers as { run?: unknown };
  const listing = (routes: object[], nft = 1) => {
    answers.run = ([program]: string[]) =>
      program === "ip"
        ? { stdout: `[]\n${JSON.stringify(routes)}\n` }
        : { stdout: "{}", code: program === "nft" ? nft : 4 };
  };
  listing([{ dst: "default", dev: "eth0" }]);
  expect(await nat.doctor!(host, config)).toMatchObject([
    { status: "pass", message: "VMs with --nat reach the outside by eth0", detail: [expect.stringContaining("root")] },
  ]);
  listing([{ dst: "default", dev: "eth0" }], 0);
  expect(await nat.doctor!(host, config)).toEqual([
    { row: "nat", status: "pass", message: "VMs with --nat reach the outside by eth0" },
  ]);
  listing([]);
  expect(await nat.doctor!(host, config)).toMatchObject([{ status: "warn" }]);
  answers.run = async () => Promise.reject(new BangerError("TOOL_MISSING", "ip is not installed", { hint: "apt" }));
  expect(await nat.doctor!(host, config)).toEqual([
    { row: "nat", status: "warn", message: "--nat does not work: ip is not installed", detail: ["apt"] },
  ]);
});
