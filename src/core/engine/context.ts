import type { Nic } from "../api/contributions.ts";
import type { Emit } from "../api/events.ts";
import type { Guest } from "../api/guest.ts";
import type { Host } from "../api/host.ts";
import type { Ctx, VmView } from "../api/participant.ts";
import type { Privileged } from "../api/privileged.ts";
import { checkEvent } from "./answers.ts";
import { effectOf, type Part } from "./effects.ts";
import type { Journal } from "./ports.ts";
import { reserveOf } from "./reserve.ts";

export interface ContextDeps {
  readonly journal: Journal;
  readonly host: Host;
  readonly privileged: Privileged;
  /** The engine's own part: its undo `remove` takes away directories and files, `release` gives numbers back. */
  readonly self: Part;
  /** Begins an orderly stop of a VM that runs, for a reason that its record will show. Throws VM_NOT_RUNNING. */
  stop(vmId: string, reason: string): void;
}

/** What a participant's context is about. */
export interface ContextSubject {
  readonly vm: VmView;
  readonly vmm: string;
  readonly nics: readonly Nic[];
  readonly guest: Guest | null;
  readonly signal: AbortSignal;
  readonly emit: Emit;
}

/** What one participant is handed. */
export function contextOf(deps: ContextDeps, part: Part, subject: ContextSubject): Ctx {
  const { journal, host, privileged, self } = deps;
  const { id } = subject.vm;
  return {
    ...subject,
    config: part.config,
    emit: (event) => subject.emit(checkEvent(part.key, event)),
    host,
    privileged,
    effect: effectOf(journal, id, part, subject.signal),
    reserve: reserveOf(journal, id, self.key, subject.signal),
    stop: async (reason) => deps.stop(id, `${part.key}: ${reason}`),
  };
}
