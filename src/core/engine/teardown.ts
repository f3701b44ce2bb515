import { asBangerError, BangerError } from "../api/errors.ts";
import type { Host } from "../api/host.ts";
import type { Participant, UndoCtx } from "../api/participant.ts";
import type { Privileged } from "../api/privileged.ts";
import type { Journal, JournalEntry } from "./ports.ts";

/** Finds the participant that owns a journal entry; null when nobody here knows the name. */
export type FindParticipant = (key: string) => Participant | null;

/**
 * What to undo: `run` is what a stop takes down, together with whatever an interrupted start left half done; `all` is what a delete
 * takes down.
 */
export type Extent = "run" | "all";

export interface TeardownDeps {
  readonly journal: Journal;
  readonly host: Host;
  readonly privileged: Privileged;
  readonly find: FindParticipant;
}

/**
 * Undoes a VM's journal in reverse. Goes on past failures: what could not be undone stays in the journal and its errors are
 * returned, oldest failure first.
 */
export async function teardown(deps: TeardownDeps, vm: UndoCtx["vm"], extent: Extent): Promise<readonly BangerError[]> {
  const errors: BangerError[] = [];
  const due = deps.journal.entries(vm.id).filter((entry) => extent === "all" || entry.scope === "run" || !entry.done);
  for (const entry of due.toReversed()) {
    try {
      await undoOne(deps, vm, entry);
      deps.journal.remove(entry.seq);
    } catch (thrown) {
      const cause = asBangerError(thrown);
      errors.push(
        new BangerError("UNDO_FAILED", `${entry.participant} could not undo ${entry.undo}: ${cause.message}`, {
          detail: [...cause.detail, `arguments: ${JSON.stringify(entry.args)}`],
          hint: "it is tried again when the daemon starts and by banger vm delete",
          cause,
        }),
      );
    }
  }
  return errors;
}

async function undoOne(
  { find, host, privileged }: TeardownDeps,
  vm: UndoCtx["vm"],
  entry: JournalEntry,
): Promise<void> {
  const undo = find(entry.participant)?.undo[entry.undo];
  if (undo === undefined)
    throw new BangerError("UNDO_FAILED", `nothing here is called ${entry.participant} and knows how`);
  await undo({ vm, host, privileged, result: entry.done ? entry.result : null }, entry.args);
}
