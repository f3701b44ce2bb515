import { expect, test } from "bun:test";
import { ownIdentity } from "./proc.ts";
import { processStats } from "./process-stats.ts";

test("memory and processor time of a process", () => {
  const stats = processStats(ownIdentity());
  expect(stats!.memoryBytes).toBeWithin(2 ** 20, 2 ** 34);
  expect(stats!.cpuMs).toBeWithin(1, 10 * 60_000);
});

test("nothing of one that is gone, or is another by now", () => {
  const own = ownIdentity();
  expect(processStats({ ...own, startTime: own.startTime - 1 })).toBeNull();
  expect(processStats({ pid: 2 ** 22 + 1, startTime: 1 })).toBeNull();
});
