import { expect, test } from "bun:test";
import fc from "fast-check";
import { holdJson, holdObject } from "./hold.ts";

const hold = (value: unknown, limit?: number) => holdJson("capability/x", "a result", value, limit);

test("JSON comes out as a copy of itself, without what is undefined", () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => expect(hold(value)).toEqual(value as never)));
  const given = { a: [1, { b: undefined, c: null }] };
  expect(hold(given)).toStrictEqual({ a: [1, { c: null }] });
  expect(hold(given)).not.toBe(given);
  expect(Object.keys(hold(JSON.parse('{"__proto__":1}')) as object)).toEqual(["__proto__"]);
});

const circle: Record<string, unknown> = {};
circle["self"] = circle;

test.each([
  ["nothing", undefined, "it is of type undefined, not JSON"],
  ["a date", { at: [new Date()] }, "at[0] is an object of class Date, not JSON"],
  ["an infinite number", [Number.POSITIVE_INFINITY], "[0] is no finite number, not JSON"],
  ["a circle", circle, "is nested deeper than 32"],
  ["a long text", "x".repeat(100_000), "more than 65536 characters"],
  ["many values", Array(100_000).fill(0), "more than 65536 characters"],
] as const)("%s is refused by name", (_, value, problem) => {
  expect(() => hold(value)).toThrow("capability/x gives a result that cannot be used: ");
  expect(() => hold(value)).toThrow(problem);
});

test("where an object is wanted, nothing else will do", () => {
  expect(holdObject("capability/x", "facts", { a: 1 })).toEqual({ a: 1 });
  for (const value of [null, [], "x", 1])
    expect(() => holdObject("capability/x", "facts", value)).toThrow("capability/x");
});
