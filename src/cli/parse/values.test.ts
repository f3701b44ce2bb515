import { expect, test } from "bun:test";
import { parseDisk, parseDuration, parseEnv, parseMemory, parsePort, parseVcpu, parseWorkdir } from "./values.ts";

test.each([
  [() => parseVcpu("2"), 2],
  [() => parseVcpu("0"), 0],
  [() => parseMemory("512"), 512],
  [() => parseMemory("2G"), 2048],
  [() => parseDisk("8"), 8 * 2 ** 30],
  [() => parseDisk("512M"), 2 ** 29],
  [() => parseDuration("10", "--timeout"), 10_000],
  [() => parseDuration("500ms", "--timeout"), 500],
  [() => parseDuration("1.5m", "--timeout"), 90_000],
  [() => parseDuration("0", "--timeout"), 0],
  [() => parsePort("65535"), 65_535],
  [() => parseWorkdir("/srv"), "/srv"],
])("%s is %p", (read, expected) => {
  expect(read()).toBe(expected);
});

test.each([
  [() => parseVcpu("two"), "BAD_SIZE"],
  [() => parseVcpu("1.5"), "BAD_SIZE"],
  [() => parseMemory("-1"), "BAD_SIZE"],
  [() => parseMemory("1k"), "BAD_SIZE"],
  [() => parseDisk("1x"), "BAD_SIZE"],
  [() => parseDuration("soon", "--timeout"), "USAGE"],
  [() => parseDuration("25h", "--timeout"), "USAGE"],
  [() => parseDuration("-1", "--timeout"), "USAGE"],
  [() => parsePort("0"), "USAGE"],
  [() => parsePort("65536"), "USAGE"],
  [() => parsePort("ssh"), "USAGE"],
  [() => parseWorkdir("srv"), "USAGE"],
  [() => parseEnv(["=x"], {}), "USAGE"],
])("%s is refused with %s", (read, code) => {
  expect(read).toThrow(expect.objectContaining({ code }));
});

test("variables: values with =, empty ones, one's own, and one that is not set", () => {
  expect(parseEnv(["A=1=2", "B=", "OWN", "UNSET", "A=last"], { OWN: "mine" })).toEqual({
    A: "last",
    B: "",
    OWN: "mine",
  });
});
