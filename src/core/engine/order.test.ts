import { expect, test } from "bun:test";
import { orderCapabilities } from "./order.ts";

const names = (capabilities: Parameters<typeof orderCapabilities>[0]): string[] =>
  orderCapabilities(capabilities).map((c) => c.name);

test("the given order stays where nobody asks for another", () => {
  expect(names([{ name: "b" }, { name: "a" }, { name: "c" }])).toEqual(["b", "a", "c"]);
});

test("after and requires move a capability behind the ones they name", () => {
  expect(names([{ name: "a", after: ["c"] }, { name: "b", requires: ["a"] }, { name: "c" }])).toEqual(["c", "a", "b"]);
  expect(names([{ name: "a", after: ["not-here"] }])).toEqual(["a"]);
});

test("what cannot be ordered is refused by name", () => {
  expect(() =>
    names([
      { name: "a", after: ["b"] },
      { name: "b", after: ["a"] },
    ]),
  ).toThrow("a after b after a");
  expect(() => names([{ name: "a", requires: ["b"] }])).toThrow("the capability a requires b, which is not enabled");
  expect(() => names([{ name: "a", conflicts: ["b"] }, { name: "b" }])).toThrow("a and b exclude each other");
  expect(() => names([{ name: "a" }, { name: "a" }])).toThrow("two capabilities are called a");
});
