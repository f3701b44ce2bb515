import { expect, test } from "bun:test";
import { subordinateRange } from "./subordinate-ids.ts";

test("the largest of a user's ranges, by name or number", () => {
  const text = "v:100000:65536\nu:165536:10\n1000:300000:65536\n";
  expect(subordinateRange(text, ["u", "1000"])).toEqual({ start: 300_000, count: 65_536 });
  expect(subordinateRange(text, ["u"])).toEqual({ start: 165_536, count: 10 });
});

test.each([
  "",
  "v:100000:65536",
  "u:0:65536",
  "u:1000:65536",
  "u:-1:9",
  "u:100000:0",
  "u:4294967290:99",
  "u:1e5:9",
  "u:100000",
])("%p gives u nothing", (text) => {
  expect(subordinateRange(text, ["u"])).toBeNull();
});
