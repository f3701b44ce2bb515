import { expect, test } from "bun:test";
import { parseCrashPoint, withCrashPoint } from "./crash-points.ts";
import { Bench } from "../core/engine/testing.ts";

const entry = { vmId: "v", scope: "run", participant: "vmm/qemu", undo: "kill", args: {} } as const;

test("a crash point is read from its text, anything else is refused", () => {
  expect(parseCrashPoint("record:vmm/qemu.kill:2")).toEqual({ at: "record", step: "vmm/qemu.kill", count: 2 });
  for (const text of ["", "record", "record:vmm/qemu.kill", "later:vmm/qemu.kill:1", "done:vmm/qemu.kill:0"])
    expect(parseCrashPoint(text)).toBeNull();
});

test.each([
  ["record", ["record", "die", "done", "undone"]],
  ["done", ["record", "die", "done", "undone"]],
  ["undone", ["record", "done", "die", "undone"]],
  ["removed", ["record", "done", "undone", "die"]],
] as const)("it strikes at %s, the second time only", (at, order) => {
  const bench = new Bench();
  const seen: string[] = [];
  const { journal } = bench;
  const watched = {
    ...journal,
    record: (e: typeof entry) => (seen.push("record"), journal.record(e)),
    markDone: () => void seen.push("done"),
    remove: () => void seen.push("undone"),
  };
  const crashing = withCrashPoint(watched, { at, step: "vmm/qemu.kill", count: 2 }, () => void seen.push("die"));
  const once = (): void => {
    const seq = crashing.record(entry);
    crashing.markDone(seq, null);
    crashing.remove(seq);
  };
  once();
  expect(seen).toEqual(["record", "done", "undone"]);
  seen.length = 0;
  once();
  expect(seen).toEqual([...order]);
});
