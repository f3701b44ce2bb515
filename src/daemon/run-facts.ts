import type { Nic } from "../core/api/contributions.ts";
import { BangerError } from "../core/api/errors.ts";
import type { JournalEntry } from "../core/engine/ports.ts";

/** What the engine journaled of a run under way (see bootVm): hex of the token that the agent was given, and the NICs. */
export interface RunFacts {
  readonly token: string;
  readonly nics: readonly Nic[];
}

export function runFactsOf(id: string, entries: readonly JournalEntry[]): RunFacts {
  for (const entry of entries.toReversed()) {
    const result = entry.result as { token?: unknown; nics?: readonly Nic[] } | null;
    if (entry.participant === "engine" && typeof result?.token === "string")
      return { token: result.token, nics: result.nics ?? [] };
  }
  throw new BangerError("INTERNAL", `no token is journaled for ${id}`);
}
