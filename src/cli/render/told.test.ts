import { expect, test } from "bun:test";
import { toldByCapabilities } from "./told.ts";

test("a paragraph for each capability, then what is missing; nothing steers the terminal", () => {
  const capabilities = { clock: { "left\x1b[2J": "5 min", rounds: 3, of: ["a"] }, idle: {} };
  const [clock, idle, problems, ...rest] = toldByCapabilities(
    { capabilities, problems: ["capability/x failed"] },
    "web ",
  );
  expect(clock?.split("\n")[0]).toBe("web clock");
  expect(clock).toContain("rounds");
  expect(clock).toContain('["a"]');
  expect(clock).not.toContain("\x1b");
  expect({ idle: idle?.trim(), problems, rest }).toEqual({
    idle: "web idle",
    problems: "capability/x failed",
    rest: [],
  });
  expect(toldByCapabilities({ capabilities: {}, problems: [] })).toEqual([]);
});
