import { BangerError } from "../api/errors.ts";
import type { Ctx } from "../api/participant.ts";
import type { Journal, JournalEntry } from "./ports.ts";

/** The undo of a reservation: the journal's entry is the reservation, so nothing else is to be done. */
export const releaseUndo = "release";

/**
 * `ctx.reserve` for one VM. A reservation is an effect of the engine's (`by`) with scope `vm`; looking and taking are one step. Once the
 * signal is aborted it takes nothing: the VM may be on its way out, and its journal must end empty.
 */
export function reserveOf(journal: Journal, vmId: string, by: string, signal: AbortSignal): Ctx["reserve"] {
  return async (pool, size) => {
    signal.throwIfAborted();
    const taken = new Set<number>();
    for (const id of journal.vmIds()) {
      for (const entry of journal.entries(id)) {
        const number = reservedIn(entry, pool, by);
        if (number === null) continue;
        if (id === vmId) return number;
        taken.add(number);
      }
    }
    let free = 0;
    while (taken.has(free)) free += 1;
    if (free >= size) throw new BangerError("POOL_EXHAUSTED", `all ${size} of ${pool} are taken by other VMs`);
    const args = { pool, number: free };
    journal.markDone(journal.record({ vmId, scope: "vm", participant: by, undo: releaseUndo, args }), null);
    return free;
  };
}

function reservedIn({ participant, undo, args }: JournalEntry, pool: string, by: string): number | null {
  const { number } = args;
  return participant === by && undo === releaseUndo && args["pool"] === pool && typeof number === "number"
    ? number
    : null;
}
