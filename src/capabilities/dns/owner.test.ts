import { expect, test } from "bun:test";
import { addressesPerBlock, loopbackAddress, presetBlock, presetPort } from "./owner.ts";

test("root and the installed service have the port that is documented, every other owner one of his own", () => {
  expect(presetPort({ uid: 0, service: false })).toBe(42_069);
  expect(presetPort({ uid: 1000, service: true })).toBe(42_069);
  expect(presetPort({ uid: 1000, service: false })).toBe(43_070);
  expect(presetPort({ uid: 1001, service: false })).toBe(43_071);
  for (const uid of [1, 19_999, 65_534, 4_294_967_293]) {
    expect(presetPort({ uid, service: false })).toBeWithin(42_070, 62_070);
    expect(presetBlock({ uid, service: false })).toBeWithin(1, 256);
  }
});

test("two owners' VMs have different addresses, none of them the network's first or last", () => {
  const of = (uid: number, index: number) => loopbackAddress(presetBlock({ uid, service: false }), index);
  expect([of(0, 0), of(1000, 0), of(1001, 0)]).toEqual(["127.77.0.1", "127.77.236.1", "127.77.237.1"]);
  expect(of(0, addressesPerBlock - 1)).toBe("127.77.0.254");
});
