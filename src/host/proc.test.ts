import { expect, test } from "bun:test";
import { isAlive, ownIdentity, parseStat, readCommandLine, readStartTime, readStat } from "./proc.ts";

const line = (name: string): string =>
  `4711 (${name}) S 1 4711 4711 0 -1 4194560 1 0 0 0 70 30 0 0 20 0 3 0 266956 540672 1 18446744073709551615 0`;

test("the program's name may hold anything", () => {
  const expected = { state: "S", cpuTicks: 100, threads: 3, startTime: 266956 };
  for (const name of ["sleep", "a b", ") R 1 2", "((", "\n"]) expect(parseStat(line(name))).toEqual(expected);
});

test("this process", () => {
  const own = ownIdentity();
  expect(own).toEqual({ pid: process.pid, startTime: readStartTime(process.pid)!, marker: "" });
  expect(isAlive(own)).toBe(true);
  expect(readCommandLine(process.pid)!.includes("test")).toBe(true);
});

test("what is not there is null, not an error", () => {
  expect(readStat(2 ** 22 + 1)).toBeNull();
  expect(readStat(-1)).toBeNull();
  expect(readCommandLine(2 ** 22 + 1)).toBeNull();
});

test("number, start time and marker must all fit", () => {
  const own = ownIdentity();
  expect(isAlive({ ...own, startTime: own.startTime - 1 })).toBe(false);
  expect(isAlive({ ...own, marker: "no-such-marker-in-here" })).toBe(false);
});
