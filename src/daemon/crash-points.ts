import type { Journal } from "../core/engine/ports.ts";

/**
 * Where `BANGER_CRASH_AT` makes the daemon kill itself, so that recovery can be tried at every step: `record:UNDO:N`, `done:UNDO:N`,
 * `undone:UNDO:N` or `removed:UNDO:N`, the N-th time (from 1) that an effect with that participant and undo (`vmm/qemu.kill`) has been
 * recorded, is about to be marked done, has been undone and is about to leave the journal, or has just left it: the next undo is due.
 */
export interface CrashPoint {
  readonly at: "record" | "done" | "undone" | "removed";
  readonly step: string;
  readonly count: number;
}

/** Null for text that names no crash point. */
export function parseCrashPoint(text: string): CrashPoint | null {
  const match = /^(record|done|undone|removed):([a-z0-9/-]+\.[a-z0-9-]+):([1-9][0-9]*)$/.exec(text);
  if (match === null) return null;
  return { at: match[1] as CrashPoint["at"], step: match[2]!, count: Number(match[3]) };
}

/** The journal, with `die` called at the crash point. */
export function withCrashPoint(journal: Journal, point: CrashPoint, die: () => void): Journal {
  const steps = new Map<number, string>();
  let left = point.count;
  const pass = (at: CrashPoint["at"], step: string | undefined): void => {
    if (at === point.at && step === point.step && --left === 0) die();
  };
  return {
    record(entry) {
      const step = `${entry.participant}.${entry.undo}`;
      const seq = journal.record(entry);
      steps.set(seq, step);
      pass("record", step);
      return seq;
    },
    markDone(seq, result) {
      pass("done", steps.get(seq));
      journal.markDone(seq, result);
    },
    remove(seq) {
      pass("undone", steps.get(seq));
      journal.remove(seq);
      pass("removed", steps.get(seq));
    },
    entries(vmId) {
      const entries = journal.entries(vmId);
      for (const { seq, participant, undo } of entries) steps.set(seq, `${participant}.${undo}`);
      return entries;
    },
    vmIds: () => journal.vmIds(),
  };
}
