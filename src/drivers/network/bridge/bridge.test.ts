import { expect, test } from "bun:test";
import { BangerError } from "../../../core/api/errors.ts";
import { presetConfig } from "../../../core/engine/promises.ts";
import { Rehearsal } from "../../../core/engine/rehearsal.ts";
import { operations } from "../../../core/privileged/index.ts";
import { fakePlace } from "../../../../test/helpers/places.ts";
import { bridge } from "./index.ts";

const validated = async (settings: object): Promise<object> => {
  const result = await bridge.config["~standard"].validate(settings);
  if (result.issues !== undefined) throw new Error(result.issues.map(({ message }) => message).join());
  return result.value as object;
};

const begin = async (settings: object = {}, more: object = {}) => {
  const place = await fakePlace();
  const { vm, host, privileged } = place;
  const config = { ...(await validated(settings)), ...more };
  return { ...place, rehearsal: new Rehearsal(bridge, vm, host, config, { privileged: privileged! }) };
};

const tap = { vm: "0123456789abcdef", bridge: "br-fc", address: "172.16.0.2" };

test("a tap with the VM's own address, which both operations' schemas admit", async () => {
  const { rehearsal, asked } = await begin();
  expect(await rehearsal.perform()).toEqual([
    {
      nics: [
        {
          id: "bridge",
          mac: "02:01:23:45:67:89",
          backend: { kind: "tap", name: "bt-0123456789ab", bridge: "br-fc" },
          guest: { address: "172.16.0.2/24", gateway: "172.16.0.1", nameservers: ["192.0.2.53"], mtu: 1500 },
        },
      ],
    },
  ]);
  await rehearsal.undo();
  const create = { ...tap, gateway: "172.16.0.1", network: "172.16.0.0/24", mtu: 1500, guestToGuest: false };
  expect(asked).toEqual([
    ["tap.create", create],
    ["tap.remove", tap],
  ]);
  for (const [name, args] of asked)
    expect(operations[name as keyof typeof operations].schema.safeParse(args).success).toBe(true);
});

test("another gateway and other settings", async () => {
  const settings = { name: "br-lab", cidr: "10.7.0.0/16", address: "10.7.0.2", nameservers: ["10.7.0.9"], mtu: 1400 };
  const { rehearsal, asked } = await begin(settings, { guest_to_guest: true });
  const [given] = await rehearsal.perform();
  expect(given!.nics![0]!.guest).toEqual({
    address: "10.7.0.1/16",
    gateway: "10.7.0.2",
    nameservers: ["10.7.0.9"],
    mtu: 1400,
  });
  expect(asked[0]![1]).toMatchObject({ bridge: "br-lab", mtu: 1400, guestToGuest: true });
});

test("a host that asks only itself: its guests ask a public nameserver", async () => {
  const { rehearsal, host } = await begin();
  (host.answers as { nameservers?: readonly string[] }).nameservers = [];
  expect((await rehearsal.perform())[0]!.nics![0]!.guest!.nameservers).toEqual(["1.1.1.1"]);
});

test("without privileges nothing begins", async () => {
  const { vm, host } = await fakePlace();
  const rehearsal = new Rehearsal(bridge, vm, host, await presetConfig(bridge));
  expect(rehearsal.perform()).rejects.toThrow("the network bridge needs root");
  expect(rehearsal.effects).toEqual([]);
});

test("settings that cannot be are refused", async () => {
  const bad = [
    { name: "eth0" },
    { name: "br-toolongforanif" },
    { cidr: "8.8.8.0/24" },
    { cidr: "10.0.0.0/8" },
    { cidr: "172.16.0.0/31" },
    { cidr: "nonsense" },
    { address: "172.16.1.1" },
    { address: "172.16.0.255" },
    { nameservers: ["dns.example"] },
    { nameservers: [] },
    { mtu: 68 },
  ];
  for (const settings of bad) expect(validated(settings)).rejects.toThrow(/must be|Too small|Invalid|expected/);
});

test("doctor: tools, and whether the network is free", async () => {
  const { host } = await fakePlace();
  const config = await validated({});
  const answers = host.answers as { run?: unknown };
  const routes = (to: string): void =>
    void (answers.run = ([program]: string[]) =>
      program === "nft" ? { code: 1 } : { stdout: `[]\n[{"dst":"${to}","dev":"tun0"}]\n` });
  routes("default");
  expect(await bridge.doctor!(host, config)).toMatchObject([{ row: "network", status: "pass" }]);
  routes("172.16.0.0/12");
  expect(await bridge.doctor!(host, config)).toMatchObject([
    { status: "fail", message: "172.16.0.0/24 of the bridge br-fc clashes with the route 172.16.0.0/12 dev tun0" },
  ]);
  answers.run = async () => Promise.reject(new BangerError("TOOL_MISSING", "ip is not installed", { hint: "apt" }));
  expect(await bridge.doctor!(host, config)).toEqual([
    { row: "network", status: "fail", message: "ip is not installed", detail: ["apt"] },
  ]);
});
