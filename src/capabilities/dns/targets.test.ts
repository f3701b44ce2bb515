import { expect, test } from "bun:test";
import fc from "fast-check";
import { chooseTargets, maxForwards } from "./targets.ts";

const choose = (...listening: [string, number][]) =>
  Object.fromEntries(
    chooseTargets(
      listening.map(([address, port]) => ({ address, port })),
      new Set(),
    ),
  );

test("what is open on all addresses is dialled on localhost, anything else where it is open", () => {
  expect(choose(["0.0.0.0", 80], ["::", 81], ["127.0.0.1", 5432], ["::1", 82], ["10.0.2.15", 83])).toEqual({
    80: "localhost",
    81: "localhost",
    82: "::1",
    83: "10.0.2.15",
    5432: "127.0.0.1",
  });
});

test("of several addresses with one port the most common one", () => {
  expect(choose(["::1", 80], ["127.0.0.1", 80])).toEqual({ 80: "127.0.0.1" });
  expect(choose(["10.0.2.15", 80], ["::", 80])).toEqual({ 80: "localhost" });
});

test("ports that are forwarded already stay when a guest opens thousands", () => {
  const listening = Array.from({ length: 4096 }, (_, index) => ({ address: "0.0.0.0", port: index + 1 }));
  const held = new Set([4000, 4096]);
  const ports = [...chooseTargets(listening, held).keys()];
  expect(ports.slice(0, 3)).toEqual([4000, 4096, 1]);
  expect(ports.length).toBe(maxForwards);
});

test("whatever a guest says: real ports and addresses only, no more than may be", () => {
  const listening = fc.array(
    fc.record({
      address: fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.constantFrom("0.0.0.0", "::", "localhost", "127.0.0.1 ")),
      port: fc.oneof(fc.nat(70_000), fc.double(), fc.integer()),
    }),
    { maxLength: 300 },
  );
  fc.assert(
    fc.property(listening, fc.array(fc.nat(65_535)), (all, held) => {
      const chosen = chooseTargets(all, new Set(held));
      expect(chosen.size).toBeLessThanOrEqual(maxForwards);
      for (const [port, target] of chosen) {
        expect(Number.isInteger(port) && port > 0 && port < 65_536).toBe(true);
        expect(target).toMatch(/^(localhost|[0-9a-fA-F:.]+)$/);
      }
    }),
  );
});
