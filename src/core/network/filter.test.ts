import { expect, test } from "bun:test";
import { filterEntries, filterRemoval, tablesRemoval, unguardedVms } from "./filter.ts";

const guest = { vm: "0123456789abcdef", bridge: "br-fc", address: "172.16.0.2" };

test("a guest's entries carry its id, and nothing opens the bridge to guests unless told", () => {
  expect(filterEntries(guest, true).split("\n")).toEqual([
    'add element inet banger bridges { "br-fc" }',
    'add element inet banger open { "br-fc" . "br-fc" }',
    'add element bridge banger guests { "bt-0123456789ab" . 02:01:23:45:67:89 . 172.16.0.2 comment "banger 0123456789abcdef" }',
    'add element bridge banger taps { "bt-0123456789ab" comment "banger 0123456789abcdef" }',
    "",
  ]);
  expect(filterEntries(guest, false)).toContain('delete element inet banger open { "br-fc" . "br-fc" }');
});

test("what goes need not be there", () => {
  const lines = filterRemoval(guest, true).trim().split("\n");
  const removed = lines.filter((line) => line.startsWith("delete "));
  expect(removed).toHaveLength(4);
  for (const line of removed) expect(lines[lines.indexOf(line) - 1]).toBe(line.replace("delete", "add"));
  expect(filterRemoval(guest, false)).not.toContain("inet");
  expect(tablesRemoval).toBe(
    "add table bridge banger\ndelete table bridge banger\nadd table inet banger\ndelete table inet banger\n",
  );
});

test("a tap of ours whose entry is gone is noticed", () => {
  const tap = {
    name: "bt-0123456789ab",
    alias: "banger 0123456789abcdef",
    kind: "tun",
    master: "br-fc",
    addresses: [],
  };
  const network = { links: [tap, { ...tap, name: "bt-other", alias: "" }], routes: [] };
  const entry = { set: "guests", parts: [], comment: tap.alias };
  expect(unguardedVms(network, { closed: [], chains: [], rules: [], elements: [entry] })).toEqual([]);
  expect(unguardedVms(network, { closed: [], chains: [], rules: [], elements: [{ ...entry, set: "taps" }] })).toEqual([
    guest.vm,
  ]);
});
