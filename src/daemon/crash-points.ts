import type { Journal } from "../core/engine/ports.ts";
import type { Passing } from "../host/crash-point.ts";

/**
 * The daemon's moments for `BANGER_CRASH_AT`, each of a participant and its undo (`vmm/qemu.kill`): an effect has been recorded, is about
 * to be marked done, has been undone and is about to leave the journal, has just left it: the next undo is due.
 */
export const journalMoments = ["record", "done", "undone", "removed"] as const;

/** The journal, with `pass` told of every moment. */
export function withCrashPoint(journal: Journal, pass: Passing): Journal {
  const steps = new Map<number, string>();
  const tell = (at: (typeof journalMoments)[number], seq: number): void => pass(at, steps.get(seq));
  return {
    record(entry) {
      const seq = journal.record(entry);
      steps.set(seq, `${entry.participant}.${entry.undo}`);
      tell("record", seq);
      return seq;
    },
    markDone(seq, result) {
      tell("done", seq);
      journal.markDone(seq, result);
    },
    remove(seq) {
      tell("undone", seq);
      journal.remove(seq);
      tell("removed", seq);
    },
    entries(vmId) {
      const entries = journal.entries(vmId);
      for (const { seq, participant, undo } of entries) steps.set(seq, `${participant}.${undo}`);
      return entries;
    },
    vmIds: () => journal.vmIds(),
  };
}
