import { expect, test } from "bun:test";
import { withCrashPoint } from "./crash-points.ts";
import { Bench } from "../core/engine/testing.ts";

const entry = { vmId: "v", scope: "run", participant: "vmm/qemu", undo: "kill", args: {} } as const;

test("every moment is told in its place, with the step, also of what an earlier daemon has recorded", () => {
  const { journal } = new Bench();
  const seen: string[] = [];
  const watched: typeof journal = {
    ...journal,
    record: (recorded) => (seen.push("record"), journal.record(recorded)),
    markDone: (seq, result) => (seen.push("done"), journal.markDone(seq, result)),
    remove: (seq) => (seen.push("remove"), journal.remove(seq)),
  };
  const tell = (at: string, step: string | undefined): void => void seen.push(`(${at} ${step})`);
  const telling = withCrashPoint(watched, tell);
  const seq = telling.record(entry);
  telling.markDone(seq, null);
  const later = withCrashPoint(watched, tell);
  for (const { seq } of later.entries("v")) later.remove(seq);
  expect(seen.join(" ")).toBe(
    "record (record vmm/qemu.kill) (done vmm/qemu.kill) done (undone vmm/qemu.kill) remove (removed vmm/qemu.kill)",
  );
});
