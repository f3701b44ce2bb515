import type { Capability } from "../core/api/capability.ts";
import { BangerError } from "../core/api/errors.ts";
import type { Guest } from "../core/api/guest.ts";
import type { Json } from "../core/api/json.ts";
import type { VmView } from "../core/api/participant.ts";
import type { Cast } from "../core/engine/boot.ts";
import { directNic } from "../core/model/direct-nic.ts";
import { contextOf, type ContextDeps, type ContextSubject } from "../core/engine/context.ts";
import type { Part } from "../core/engine/effects.ts";
import type { LiveVm } from "./live.ts";
import type { Run } from "./vms.ts";

/** A VM that runs, as its participants are told of it. */
export function subjectOf(vm: VmView, live: LiveVm, guest: Guest | null, run: Run): ContextSubject {
  return { vm, vmm: live.cast.vmm.participant.name, nics: live.nics, guest, signal: run.signal, emit: run.emit };
}

/** Where this host reaches a VM that runs, or null. */
export async function addressOf(vmId: string, { cast, nics }: Pick<LiveVm, "cast" | "nics">): Promise<string | null> {
  for (const { participant } of cast.parts) {
    const address = (await (participant as Capability).address?.(vmId)) ?? null;
    if (address !== null) return address;
  }
  return directNic(nics)?.address ?? null;
}

/** Asks the last capability of the cast that answers such questions: it may know more than those before it. Throws BAD_REQUEST where none does. */
export async function askCapability(deps: ContextDeps, cast: Cast, name: string, about: ContextSubject): Promise<Json> {
  for (const part of cast.parts.toReversed()) {
    const { queries } = part.participant as Part["participant"] & Pick<Capability, "queries">;
    if (queries !== undefined && Object.hasOwn(queries, name)) return queries[name]!(contextOf(deps, part, about));
  }
  throw new BangerError("BAD_REQUEST", `no capability of ${about.vm.name} answers ${name}`);
}

/** Tells everyone of the cast that this daemon has adopted the VM; goes on past failures and returns them by name. */
export async function takeOver(
  deps: ContextDeps,
  cast: Cast,
  about: ContextSubject,
): Promise<readonly { readonly key: string; readonly error: unknown }[]> {
  const failures: { key: string; error: unknown }[] = [];
  for (const part of cast.parts) {
    if (about.signal.aborted) break;
    try {
      await part.participant.takeOver?.(contextOf(deps, part, about));
    } catch (error) {
      failures.push({ key: part.key, error });
    }
  }
  return failures;
}

/** Tells each capability of a running VM's cast whose configuration is another one in the cast to come. Throws what the first of them throws. */
export async function changeConfig(deps: ContextDeps, before: Cast, after: Cast, about: ContextSubject): Promise<void> {
  for (const part of after.parts) {
    const old = before.parts.find(({ key }) => key === part.key);
    if (old === undefined || Bun.deepEquals(old.config, part.config)) continue;
    const { participant } = part as Part & { readonly participant: Capability };
    await participant.onConfigChange?.(contextOf(deps, part, about), old.config, part.config);
  }
}
