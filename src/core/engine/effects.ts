import { BangerError } from "../api/errors.ts";
import type { Json, JsonObject } from "../api/json.ts";
import type { Ctx, Participant } from "../api/participant.ts";
import { holdJson, holdObject } from "./hold.ts";
import type { Journal } from "./ports.ts";

/** A participant under the name that the journal and errors know it by (`vmm/qemu`, `capability/workdisk`), with its configuration. */
export interface Part {
  readonly key: string;
  readonly participant: Participant;
  readonly config: unknown;
}

/** `ctx.effect` of one participant for one VM: the journal's record comes first, then the change, then the mark that it is done. */
export function effectOf(journal: Journal, vmId: string, part: Part, signal: AbortSignal): Ctx["effect"] {
  return async function effect<R extends Json>(
    undo: string,
    args: JsonObject,
    apply: () => Promise<R>,
    { scope = "run" }: Parameters<Ctx["effect"]>[3] = {},
  ): Promise<R> {
    if (!Object.hasOwn(part.participant.undo, undo)) {
      throw new BangerError("CAPABILITY_FAILED", `${part.key} asks for the undo ${undo}, which it does not declare`);
    }
    const held = holdObject(part.key, `arguments for the undo ${undo}`, args);
    signal.throwIfAborted();
    if (scope === "vm") {
      const wanted = canonical(held);
      const made = journal
        .entries(vmId)
        .find(
          (e) =>
            e.done && e.scope === "vm" && e.participant === part.key && e.undo === undo && canonical(e.args) === wanted,
        );
      if (made !== undefined) return made.result as R;
    }
    const seq = journal.record({ vmId, scope, participant: part.key, undo, args: held });
    // An effect without a result gives undefined where nobody looked at its types.
    const result = holdJson(part.key, `a result of the effect with the undo ${undo}`, (await apply()) ?? null);
    journal.markDone(seq, result);
    return result as R;
  };
}

/** JSON text that does not depend on the order of keys. */
function canonical(value: Json): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const entries = Object.entries(value as JsonObject).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join()}}`;
}
