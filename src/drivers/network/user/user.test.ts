import { describe, expect, test } from "bun:test";
import { fakePlace } from "../../../../test/helpers/places.ts";
import { presetConfig } from "../../../core/engine/promises.ts";
import { Rehearsal } from "../../../core/engine/rehearsal.ts";
import { FakeHost } from "../../../host/fake-host.ts";
import { createUser } from "./index.ts";
import { tapBatch, waysOut } from "./plan.ts";

async function rehearse(vmm: string): Promise<Rehearsal & { readonly host: FakeHost }> {
  const { vm, host } = await fakePlace();
  const driver = createUser();
  return new Rehearsal(driver, vm, host, await presetConfig(driver), { vmm }) as Rehearsal & { host: FakeHost };
}

test("QEMU brings its own network", async () => {
  const rehearsal = await rehearse("qemu");
  expect(await rehearsal.perform()).toMatchObject([{ nics: [{ backend: { kind: "user" } }] }]);
  expect(rehearsal.effects).toEqual([]);
});

describe("for Firecracker", () => {
  test("a tap in a namespace, which goes again, twice", async () => {
    const rehearsal = await rehearse("firecracker");
    const [given] = await rehearsal.perform();
    const [pasta, holder] = rehearsal.host.processes;
    expect(given!.nics).toEqual([
      {
        id: "user",
        mac: "02:01:23:45:67:89",
        backend: { kind: "tap", name: "guest", namespace: holder! },
        guest: { address: "10.98.76.6/30", gateway: "10.98.76.5", nameservers: ["192.0.2.53"] },
      },
    ]);
    const runs = rehearsal.host.callsOf("run").map(([argv, options]) => [(argv as string[]).slice(7), options]);
    expect(runs).toMatchObject([
      [["ip", "-batch", "-"], { input: tapBatch() }],
      [["tee", "/proc/sys/net/ipv4/ip_forward"], { input: "1\n" }],
    ]);
    expect(rehearsal.effects).toMatchObject([{ undo: "close", done: true, result: { pasta, holder } }]);
    const bystander = rehearsal.host.spawn("another");
    for (let round = 0; round < 2; round++) await rehearsal.undo();
    expect(rehearsal.host.processes).toEqual([bystander]);
  });

  test("what was started and never seen to be is found by its marker", async () => {
    const rehearsal = await rehearse("firecracker");
    await rehearsal.perform();
    const bystander = rehearsal.host.spawn("another");
    for (let round = 0; round < 2; round++) await rehearsal.undo({ forgetResults: true });
    expect(rehearsal.host.processes).toEqual([bystander]);
  });

  test("a host whose nameservers only it can ask: pasta asks them", async () => {
    const rehearsal = await rehearse("firecracker");
    (rehearsal.host.answers as { nameservers?: readonly string[] }).nameservers = [];
    expect((await rehearsal.perform())[0]!.nics![0]!.guest!.nameservers).toEqual(["10.98.76.1"]);
  });
});

test("pasta's command line: nothing comes in, and nothing stands for the host's loopback", () => {
  const pasta = (template: string): string =>
    `unshare --user --map-root-user -- pasta --foreground --quiet --netns-only --config-net --ns-ifname outside --ipv4-only --address 10.98.76.2 --netmask 30 --gateway 10.98.76.1 --no-map-gw --dns-forward 10.98.76.1 --tcp-ports none --udp-ports none --tcp-ns none --udp-ns none${template} -- sleep infinity 42`;
  const lines = (...interfaces: string[]): string[] => waysOut("42", interfaces).map((argv) => argv.join(" "));
  expect(lines("eth9")).toEqual([pasta(" --interface eth9")]);
  expect(lines("eth0", "docker0")).toEqual([pasta(""), pasta(" --interface eth0")]);
  expect(lines()).toEqual(["unshare --user --map-root-user --net --fork -- sleep infinity 42"]);
});

test("what is in the way of a namespace is found out once, and again while it is", async () => {
  const driver = createUser();
  let allowed = false;
  const host = new FakeHost({
    run: () => {
      if (!allowed) throw new Error("unshare failed: Operation not permitted");
      return {};
    },
  });
  expect(await driver.obstacle!(host, "qemu")).toBeNull();
  expect(await driver.obstacle!(host, "firecracker")).toContain("Operation not permitted");
  allowed = true;
  for (let ask = 0; ask < 3; ask++) expect(await driver.obstacle!(host, "firecracker")).toBeNull();
  expect(host.callsOf("run").length).toBe(2);
  const bare = new FakeHost({ which: (program) => (program === "pasta" ? null : `/usr/bin/${program}`) });
  expect(await createUser().obstacle!(bare, "firecracker")).toBe("pasta not found");
  expect(await createUser().doctor!(bare, {})).toMatchObject([{ row: "network", status: "warn" }]);
});
