import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  contains,
  formatIpv4,
  formatNetwork,
  guestAddress,
  guestCount,
  isHostAddress,
  isPrivate,
  overlaps,
  parseIpv4,
  parseNetwork,
} from "./ipv4.ts";

const address = fc.nat(0xffffffff);

test("an address comes back from its text", () => {
  fc.assert(fc.property(address, (value) => expect(parseIpv4(formatIpv4(value))).toBe(value)));
});

test("only the one form of an address is one", () => {
  const others = ["", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.4 ", "1.2.3.-4", "0x1.2.3.4", "1.2.3.4\n"];
  for (const text of others) expect(parseIpv4(text)).toBeNull();
  for (const text of ["1.2.3.4/33", "1.2.3.4/", "1.2.3.4/24/1", "1.2.3/24", "1.2.3.4/024"])
    expect(parseNetwork(text)).toBeNull();
});

test("a network drops the bits behind its prefix", () => {
  expect(formatNetwork(parseNetwork("172.16.0.77/24")!)).toBe("172.16.0.0/24");
  expect(formatNetwork(parseNetwork("200.1.2.3/1")!)).toBe("128.0.0.0/1");
  expect(formatNetwork(parseNetwork("10.1.2.3")!)).toBe("10.1.2.3/32");
});

test("networks overlap when one holds the other", () => {
  const overlap = (one: string, other: string) => overlaps(parseNetwork(one)!, parseNetwork(other)!);
  expect(overlap("172.16.0.0/24", "172.16.0.0/12")).toBe(true);
  expect(overlap("172.16.0.0/12", "172.16.0.0/24")).toBe(true);
  expect(overlap("172.16.0.0/24", "172.16.1.0/24")).toBe(false);
  expect(overlap("0.0.0.0/0", "172.16.1.0/24")).toBe(true);
});

test("every guest of a network has an address of its own, never the gateway's, the first or the last", () => {
  const network = parseNetwork("172.16.0.0/28")!;
  for (const gateway of [1, 7, 14].map((last) => network.base + last)) {
    const all = Array.from({ length: guestCount(network) }, (_, index) => guestAddress(network, gateway, index));
    expect(new Set(all).size).toBe(13);
    expect(all.every((value) => isHostAddress(network, value) && value !== gateway)).toBe(true);
  }
  expect(contains(network, network.base + 16)).toBe(false);
});

test("private networks", () => {
  for (const text of ["172.16.0.0/24", "10.0.0.0/8", "192.168.9.0/24", "100.64.1.0/24"])
    expect(isPrivate(parseNetwork(text)!)).toBe(true);
  for (const text of ["8.8.8.0/24", "172.32.0.0/24", "172.0.0.0/8", "127.0.0.0/24", "169.254.0.0/16"])
    expect(isPrivate(parseNetwork(text)!)).toBe(false);
});
