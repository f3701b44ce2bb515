import type { Capability } from "../core/api/capability.ts";
import { BangerError } from "../core/api/errors.ts";
import type { GuestCommand } from "../core/api/contributions.ts";
import type { Guest } from "../core/api/guest.ts";
import type { Json, JsonObject } from "../core/api/json.ts";
import type { VmView } from "../core/api/participant.ts";
import { checkAddress, checkEnvironment } from "../core/engine/answers.ts";
import { blame, blamed } from "../core/engine/blame.ts";
import type { Cast } from "../core/engine/boot.ts";
import { directNic } from "../core/model/direct-nic.ts";
import { contextOf, type ContextDeps, type ContextSubject } from "../core/engine/context.ts";
import type { Part } from "../core/engine/effects.ts";
import { holdJson, holdObject } from "../core/engine/hold.ts";
import type { LiveVm } from "./live.ts";
import type { Run } from "./vms.ts";

/** Characters of an answer: a guest may have thousands of ports. */
const answerLimit = 4 * 2 ** 20;

/** A VM that runs, as its participants are told of it. */
export function subjectOf(vm: VmView, live: LiveVm, guest: Guest | null, run: Run): ContextSubject {
  return { vm, vmm: live.cast.vmm.participant.name, nics: live.nics, guest, signal: run.signal, emit: run.emit };
}

/** Where this host reaches a VM that runs, or null. A capability that fails at this has no say: others and the VM's state count. */
export async function addressOf(vmId: string, { cast, nics }: Pick<LiveVm, "cast" | "nics">): Promise<string | null> {
  for (const { key, participant } of capabilitiesOf(cast)) {
    const asked = participant.address?.(vmId).then((address) => checkAddress(key, address));
    const address = (await asked?.catch(() => null)) ?? null;
    if (address !== null) return address;
  }
  return directNic(nics)?.address ?? null;
}

/** Asks the last capability of the cast that answers such questions: it may know more than those before it. Throws BAD_REQUEST where none does. */
export async function askCapability(deps: ContextDeps, cast: Cast, name: string, about: ContextSubject): Promise<Json> {
  for (const part of capabilitiesOf(cast).toReversed()) {
    const { queries = {} } = part.participant;
    if (!Object.hasOwn(queries, name)) continue;
    const answer: unknown = await blame(part.key, name, () => queries[name]!(contextOf(deps, part, about)));
    // One in another process may learn only then that it has no answer.
    if (answer === undefined) continue;
    return holdJson(part.key, `an answer to ${name}`, answer, answerLimit);
  }
  throw new BangerError("BAD_REQUEST", `no capability of ${about.vm.name} answers ${name}`);
}

/** What the capabilities tell of a VM, by their names, as far as they have something to tell; whoever fails at it is told of in `problems`. */
export interface Told {
  readonly capabilities: Readonly<Record<string, JsonObject>>;
  readonly problems: readonly string[];
}

/** Found out only where somebody of the cast is asked. */
type About = () => Promise<ContextSubject>;

/** Asks every capability that has more to show of a running VM, or to count. */
export async function askAll(deps: ContextDeps, cast: Cast, what: "show" | "stats", about: About): Promise<Told> {
  const able = capabilitiesOf(cast).filter(({ participant }) => participant[what] !== undefined);
  const asked = able.map(async (part): Promise<Told> => {
    const { key, participant } = part;
    try {
      const facts = await participant[what]!(contextOf(deps, part, await about()));
      const held = holdObject(key, `facts for ${what}`, facts);
      return { capabilities: Object.keys(held).length > 0 ? { [participant.name]: held } : {}, problems: [] };
    } catch (thrown) {
      return { capabilities: {}, problems: [blamed(key, what, thrown).message] };
    }
  });
  const told = await Promise.all(asked);
  return {
    capabilities: Object.assign({}, ...told.map(({ capabilities }) => capabilities)) as Told["capabilities"],
    problems: told.flatMap(({ problems }) => problems),
  };
}

/** The capabilities' variables for a command that a user runs. Throws CONTRIBUTION_CLASH where two give one different texts. */
export async function commandEnv(
  deps: ContextDeps,
  cast: Cast,
  command: Pick<GuestCommand, "argv" | "user">,
  about: About,
): Promise<Readonly<Record<string, string>>> {
  const given = new Map<string, { readonly key: string; readonly text: string }>();
  for (const part of capabilitiesOf(cast)) {
    const { key, participant } = part;
    if (participant.commandEnv === undefined) continue;
    const ctx = contextOf(deps, part, await about());
    const answer = await blame(key, "commandEnv", () => participant.commandEnv!(ctx, command));
    for (const [name, text] of Object.entries(checkEnvironment(key, answer))) {
      const earlier = given.get(name);
      if (earlier !== undefined && earlier.text !== text)
        throw new BangerError("CONTRIBUTION_CLASH", `${earlier.key} and ${key} both contribute the variable ${name}`);
      given.set(name, { key, text });
    }
  }
  return Object.fromEntries([...given].map(([name, { text }]) => [name, text]));
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
      failures.push({ key: part.key, error: blamed(part.key, "takeOver", error) });
    }
  }
  return failures;
}

/** Tells each capability of a running VM's cast whose configuration is another one in the cast to come. Throws what the first of them throws. */
export async function changeConfig(deps: ContextDeps, before: Cast, after: Cast, about: ContextSubject): Promise<void> {
  for (const part of after.parts) {
    const old = before.parts.find(({ key }) => key === part.key);
    if (old === undefined || Bun.deepEquals(old.config, part.config)) continue;
    const { key, participant } = part as CapabilityPart;
    await blame(key, "onConfigChange", async () =>
      participant.onConfigChange?.(contextOf(deps, part, about), old.config, part.config),
    );
  }
}

type CapabilityPart = Part & { readonly participant: Capability };

function capabilitiesOf(cast: Cast): readonly CapabilityPart[] {
  return cast.parts.filter((part): part is CapabilityPart => part.key.startsWith("capability/"));
}
