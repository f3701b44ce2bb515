import { expect, test } from "bun:test";
import { crashPoint } from "./crash-point.ts";

const moments = ["before", "after"];

test("it strikes at its moment, step and count, once", () => {
  const sent: string[] = [];
  const pass = crashPoint("after:tap.create:2", moments, (signal) => sent.push(signal))!;
  for (const [at, step] of [
    ["after", "tap.create"],
    ["before", "tap.create"],
    ["after", "tap.remove"],
    ["after", undefined],
  ] as const)
    pass(at, step);
  expect(sent).toEqual([]);
  for (let round = 0; round < 3; round++) pass("after", "tap.create");
  expect(sent).toEqual(["SIGKILL"]);
});

test("the signal may be STOP", () => {
  const sent: string[] = [];
  const pass = crashPoint("before:network/bridge.removeTap:1:STOP", moments, (signal) => sent.push(signal))!;
  pass("before", "network/bridge.removeTap");
  expect(sent).toEqual(["SIGSTOP"]);
});

test("no text is no crash point, any other text is refused", () => {
  for (const text of [undefined, ""]) expect(crashPoint(text, moments)).toBeNull();
  for (const text of ["x", "after", "after:a.b", "later:a.b:1", "after:a.b:0", "after:ab:1", "after:a.b:1:TERM"])
    expect(() => crashPoint(text, moments)).toThrow(`BANGER_CRASH_AT=${text} names no step`);
});
