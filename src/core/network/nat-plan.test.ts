import { expect, test } from "bun:test";
import { missingAccepts } from "./nat-doctor.ts";
import { guestOf, natPlan, natVms, type NatState } from "./nat-plan.ts";
import { parseRuleset, type NftChain, type NftRule } from "./ruleset.ts";
import { parseIptables } from "./iptables.ts";

const vm = "0123456789abcdef";
const mark = `banger ${vm}`;
const link = { alias: "", kind: "", master: "", addresses: [] };
const bridge = { ...link, name: "br-fc", alias: "banger", kind: "bridge" };
const tap = { ...link, name: "bt-0123456789ab", alias: mark, kind: "tun", master: "br-fc" };
const entry = { set: "guests", parts: ["bt-0123456789ab", "02:01:23:45:67:89", "172.16.0.2"], comment: mark };
const guest = { vm, address: "172.16.0.2", bridge: "br-fc" };
const rule = (handle: number, table: string, chain: string, comment?: string, expr: NftRule["expr"] = []): NftRule => ({
  family: "inet",
  table,
  chain,
  handle,
  expr,
  ...(comment !== undefined && { comment }),
});
const base = (table: string, name: string, more: Partial<NftChain>): NftChain => ({
  family: "inet",
  table,
  name,
  ...more,
});
const state = (more: Partial<NatState> = {}): NatState => ({
  network: { links: [bridge, tap], routes: [{ to: "default", devices: ["eth0"] }] },
  ruleset: { closed: [], chains: [], rules: [], elements: [entry] },
  iptables: true,
  forwarding: { all: false, on: new Set() },
  ...more,
});
const lines = (plan: { nft: string }): string[] => plan.nft.split("\n").slice(0, -1);

const added = [
  "add chain inet banger postrouting { type nat hook postrouting priority 100; policy accept; }",
  'add element inet banger uplinks { "eth0" comment "forwarding was off" }',
  "add chain inet banger transit { type filter hook forward priority -10; policy accept; }",
  "flush chain inet banger transit",
  'add rule inet banger transit iifname "eth0" oifname != @bridges ct state { invalid, new, untracked } drop',
  `add rule inet banger allowed ip saddr 172.16.0.2 oifname @uplinks accept comment "${mark}"`,
  `add rule inet banger postrouting ip saddr 172.16.0.2 oifname @uplinks masquerade comment "${mark}"`,
];

test("a guest's rules, and forwarding where it was off", () => {
  const plan = natPlan(state(), [guest]);
  expect(lines(plan)).toEqual(added);
  expect(plan).toMatchObject({ on: ["br-fc", "eth0"], off: [] });
  const open = natPlan(state({ forwarding: { all: true, on: new Set() } }), [guest]);
  expect(lines(open)).toEqual([
    added[0]!,
    'add element inet banger uplinks { "eth0" }',
    ...added.filter((line) => line.includes(mark)),
  ]);
  expect(open).toMatchObject({ on: [], off: [] });
});

const there = {
  closed: [],
  chains: [base("banger", "postrouting", { hook: "postrouting" }), base("banger", "transit", { hook: "forward" })],
  rules: [rule(7, "banger", "allowed", mark), rule(8, "banger", "postrouting", mark)],
  elements: [entry, { set: "uplinks", parts: ["eth0"], comment: "forwarding was off" }],
};
const on = { all: false, on: new Set(["eth0", "br-fc"]) };
const deleted = ["delete rule inet banger allowed handle 7", "delete rule inet banger postrouting handle 8"];

test("again: each rule once", () => {
  expect(lines(natPlan(state({ ruleset: there, forwarding: on }), [guest]))).toEqual([
    ...deleted,
    ...added.filter((line) => !line.startsWith("add element")),
  ]);
});

test("without the last guest everything goes, and forwarding where it was banger that turned it on", () => {
  const plan = natPlan(state({ ruleset: there, forwarding: on }), []);
  expect(lines(plan)).toEqual([
    ...deleted,
    'delete element inet banger uplinks { "eth0" }',
    "delete chain inet banger postrouting",
    "flush chain inet banger transit",
    "delete chain inet banger transit",
  ]);
  expect(plan).toMatchObject({ on: [], off: ["eth0", "br-fc"] });
  expect(natPlan(state({ ruleset: there, forwarding: { ...on, all: true } }), []).off).toEqual([]);
  expect(natPlan(state(), [])).toEqual({ nft: "", on: [], off: [], passages: [], obstacles: [] });
});

test("a host that has come to forward everything is a router for all again", () => {
  const plan = natPlan(state({ ruleset: there, forwarding: { ...on, all: true } }), [guest]);
  expect(lines(plan).filter((line) => line.includes("transit"))).toEqual([
    "flush chain inet banger transit",
    "delete chain inet banger transit",
  ]);
});

test("another uplink takes the old one's place", () => {
  const network = { links: [bridge, tap], routes: [{ to: "default", devices: ["wlan0"] }] };
  const plan = natPlan(state({ network, ruleset: there, forwarding: on }), [guest]);
  expect(lines(plan)).toContain('delete element inet banger uplinks { "eth0" }');
  expect(lines(plan)).toContain('add element inet banger uplinks { "wlan0" comment "forwarding was off" }');
  expect(lines(plan).filter((line) => line.includes("rule inet banger transit"))).toEqual([
    'add rule inet banger transit iifname "wlan0" oifname != @bridges ct state { invalid, new, untracked } drop',
  ]);
  expect(plan).toMatchObject({ on: ["wlan0"], off: ["eth0"] });
});

test("forward chains of others that drop: an accept in each, at the place where all is dropped", () => {
  const drop = {
    closed: [],
    chains: [base("fw", "forward", { hook: "forward", policy: "drop" })],
    rules: [],
    elements: [entry],
  };
  const accepts = (ruleset: NatState["ruleset"], iptables = true): string[] =>
    lines(natPlan(state({ ruleset, iptables }), [guest])).filter((line) => !line.includes("banger "));
  const foreign = (ruleset: NatState["ruleset"], iptables = true): string[] =>
    lines(natPlan(state({ ruleset, iptables }), [guest])).slice(added.length);
  expect(accepts(drop)).toEqual([]);
  expect(foreign(drop)).toEqual([
    `add rule inet fw forward ip saddr 172.16.0.2 iifname "br-fc" accept comment "${mark}"`,
    `add rule inet fw forward ip daddr 172.16.0.2 oifname "br-fc" ct state established,related accept comment "${mark}"`,
  ]);
  const match = (key: string, right: string) => ({ match: { op: "==", left: { meta: { key } }, right } });
  const rules = [
    rule(3, "fw", "forward", undefined, [match("iifname", "docker0"), { drop: null }]),
    rule(4, "fw", "forward", undefined, [{ match: { op: "==", left: { payload: {} }, right: 25 } }, { drop: null }]),
    rule(5, "fw", "forward", undefined, [match("iifname", "eth*"), { counter: {} }, { reject: null }]),
  ];
  expect(foreign({ ...drop, chains: [base("fw", "forward", { hook: "forward", policy: "accept" })], rules })).toEqual([
    `insert rule inet fw forward handle 5 ip daddr 172.16.0.2 oifname "br-fc" ct state established,related accept comment "${mark}"`,
  ]);
  const closed = { ...drop, closed: ["inet fw"] };
  expect(foreign(closed)).toEqual([]);
  expect(natPlan(state({ ruleset: closed }), [guest]).obstacles).toEqual(["inet fw"]);
  const iptables = { family: "ip", table: "filter", name: "FORWARD", hook: "forward", policy: "drop" };
  expect(foreign({ ...drop, chains: [iptables] })).toEqual([]);
  expect(foreign({ ...drop, chains: [iptables] }, false)).toHaveLength(2);
});

test("a guest is one with a tap of ours on a bridge of ours, and its entry", () => {
  expect(guestOf(state(), vm)).toEqual(guest);
  const without = (links: NatState["network"]["links"], elements = [entry]) =>
    guestOf({ network: { links, routes: [] }, ruleset: { closed: [], chains: [], rules: [], elements } }, vm);
  expect(without([bridge])).toBeNull();
  expect(without([bridge, { ...tap, alias: "" }])).toBeNull();
  expect(without([{ ...bridge, alias: "" }, tap])).toBeNull();
  expect(without([bridge, tap], [])).toBeNull();
  expect(without([bridge, tap], [{ ...entry, parts: ["bt-fedcba987654", "", "172.16.0.2"] }])).toBeNull();
});

test("the ruleset as nft prints it", () => {
  const set = (name: string, elem: unknown[], table = "banger") => ({ set: { family: "inet", table, name, elem } });
  const text = JSON.stringify({
    nftables: [
      { metainfo: {} },
      { table: { family: "inet", name: "firewalld", flags: ["owner", "persist"] } },
      { table: { family: "inet", name: "other", flags: "dormant" } },
      set("uplinks", ["eth0", { elem: { val: "eth1", comment: "forwarding was off" } }]),
      set("guests", [{ elem: { val: { concat: ["bt", "mac", "ip"] }, comment: mark } }]),
      set("guests", ["other"], "foreign"),
      { rule: rule(8, "banger", "postrouting", mark) },
    ],
  });
  const ruleset = parseRuleset(text);
  expect(ruleset.closed).toEqual(["inet firewalld"]);
  expect(ruleset.elements).toEqual([
    { set: "uplinks", parts: ["eth0"], comment: "" },
    { set: "uplinks", parts: ["eth1"], comment: "forwarding was off" },
    { set: "guests", parts: ["bt", "mac", "ip"], comment: mark },
  ]);
  expect(natVms(ruleset)).toEqual([vm]);
  expect(parseRuleset("{}")).toEqual({ closed: [], chains: [], rules: [], elements: [] });
});

test("accepts that another firewall has lost", () => {
  const filter = (text: string) => [{ table: parseIptables(text), restore: "x", nft: true }];
  const lost = (text: string) => missingAccepts({ ...state({ ruleset: there }), filters: filter(text) });
  expect(lost("-P FORWARD ACCEPT")).toEqual([]);
  expect(lost("-P FORWARD DROP")).toEqual([vm]);
  const rules = ["-s 172.16.0.2/32 -i br-fc", "-d 172.16.0.2/32 -o br-fc"].map(
    (words) => `-A FORWARD ${words} -m comment --comment "${mark}" -j ACCEPT`,
  );
  expect(lost(["-P FORWARD DROP", ...rules].join("\n"))).toEqual([]);
});
