import { expect, test } from "bun:test";
import { hasOtherTaps, tapLines, tapRemovalLines } from "./bridge-plan.ts";
import type { Link, NetworkState } from "./state.ts";

const vm = "0123456789abcdef";
const request = {
  vm,
  bridge: "br-fc",
  gateway: "172.16.0.1",
  network: "172.16.0.0/24",
  mtu: 1500,
  guestToGuest: false,
};
const link = (name: string, more: Partial<Link> = {}): Link => ({
  name,
  alias: "",
  kind: "",
  master: "",
  addresses: [],
  ...more,
});
const bridge = link("br-fc", { alias: "banger", kind: "bridge", addresses: ["172.16.0.1/24"] });
const tap = (id = vm): Link => link(`bt-${id.slice(0, 12)}`, { alias: `banger ${id}`, kind: "tun", master: "br-fc" });
const state = (links: Link[], routes: NetworkState["routes"] = []): NetworkState => ({ links, routes });
const other = "fedcba9876543210";

test("the first tap brings the bridge", () => {
  expect(tapLines(state([]), request, 1000)).toEqual([
    "link add dev br-fc address 02:fc:ac:10:00:01 type bridge no_linklocal_learn 1 ageing_time 3153600000",
    'link set dev br-fc alias "banger" addrgenmode none',
    "address add 172.16.0.1/24 dev br-fc",
    "link set dev br-fc up",
    "tuntap add dev bt-0123456789ab mode tap user 1000",
    'link set dev bt-0123456789ab alias "banger 0123456789abcdef" addrgenmode none mtu 1500 master br-fc',
    "link set dev bt-0123456789ab type bridge_slave isolated on",
    "link set dev bt-0123456789ab up",
  ]);
});

test("the next ones find it; one that is there already is set up again", () => {
  expect(tapLines(state([bridge, tap(other)]), request, 1000)[1]).toStartWith("tuntap add dev bt-0123456789ab");
  const again = tapLines(state([bridge, tap()]), { ...request, guestToGuest: true }, 1000);
  expect(again.some((line) => line.startsWith("tuntap"))).toBe(false);
  expect(again).toContain("link set dev bt-0123456789ab type bridge_slave isolated off");
});

test("an empty bridge with another address is made anew, one with VMs on it is refused", () => {
  const old = { ...bridge, addresses: ["172.17.0.1/24"] };
  expect(tapLines(state([old]), request, 1000)[0]).toBe("link delete dev br-fc");
  expect(() => tapLines(state([old, tap(other)]), request, 1000)).toThrow("has the address 172.17.0.1/24 and VMs");
});

test("what is not ours is refused", () => {
  const docker = link("br-fc", { kind: "bridge" });
  expect(() => tapLines(state([docker]), request, 1000)).toThrow("br-fc is not banger's: it has no alias");
  expect(() => tapLines(state([{ ...docker, kind: "", alias: "banger" }]), request, 1000)).toThrow("not banger's");
  for (const alias of ["", "banger", `banger ${other}`]) {
    const mine = { ...tap(), alias };
    expect(() => tapLines(state([bridge, mine]), request, 1000)).toThrow("bt-0123456789ab is not banger's");
    expect(() => tapRemovalLines(state([bridge, mine]), vm, "br-fc")).toThrow("bt-0123456789ab is not banger's");
  }
});

test("a network that the host reaches on another way is refused, naming the route", () => {
  const clash =
    (to: string, device = "eth0") =>
    () =>
      tapLines(state([], [{ to, devices: [device] }]), request, 1000);
  for (const to of ["172.16.0.0/24", "172.16.0.0/12", "172.16.0.9", "172.16.0.128/25"])
    expect(clash(to)).toThrow(`172.16.0.0/24 of the bridge br-fc clashes with the route ${to} dev eth0`);
  for (const to of ["default", "0.0.0.0/1", "128.0.0.0/1", "172.17.0.0/16", "10.0.0.0/8"])
    expect(clash(to)).not.toThrow();
  expect(clash("172.16.0.0/24", "br-fc")).not.toThrow();
});

test("the bridge goes with its last port, and only if it is ours", () => {
  expect(tapRemovalLines(state([bridge, tap()]), vm, "br-fc")).toEqual([
    "link delete dev bt-0123456789ab",
    "link delete dev br-fc",
  ]);
  expect(tapRemovalLines(state([bridge, tap(), tap(other)]), vm, "br-fc")).toEqual(["link delete dev bt-0123456789ab"]);
  expect(tapRemovalLines(state([bridge, link("eth1", { master: "br-fc" })]), vm, "br-fc")).toEqual([]);
  expect(tapRemovalLines(state([link("br-fc", { kind: "bridge" })]), vm, "br-fc")).toEqual([]);
  expect(tapRemovalLines(state([]), vm, "br-fc")).toEqual([]);
});

test("other taps of ours", () => {
  expect(hasOtherTaps(state([tap(), bridge, link("bt-fedcba987654", { kind: "tun" })]), vm)).toBe(false);
  expect(hasOtherTaps(state([tap(), tap(other)]), vm)).toBe(true);
});
