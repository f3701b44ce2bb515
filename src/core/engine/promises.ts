import type { Host } from "../api/host.ts";
import type { Participant, VmView } from "../api/participant.ts";
import type { Privileged } from "../api/privileged.ts";
import type { StandardSchema } from "../api/schema.ts";
import { Rehearsal } from "./rehearsal.ts";

/** Where a participant is tried out: a host with a new VM on it. */
export interface Place {
  readonly host: Host;
  /** Its directories exist. */
  readonly vm: VmView;
  /** Default: nobody answers. */
  readonly privileged?: Privileged;
  /** Paths of all files in them. */
  files(): readonly string[];
  /** Bytes of a file, or null where there is none. */
  sizeOf(path: string): number | null;
}

export type Rehearsed = Participant & { readonly config: StandardSchema };

/** The configuration that an empty section gives; throws when it is refused. */
export async function presetConfig({ config, name }: Pick<Rehearsed, "config" | "name">): Promise<unknown> {
  const result = await config["~standard"].validate({});
  if (result.issues !== undefined)
    throw new Error(`${name} refuses an empty section: ${JSON.stringify(result.issues)}`);
  return result.value;
}

export async function rehearse(
  participant: Rehearsed,
  { vm, host, privileged }: Pick<Place, "vm" | "host" | "privileged">,
): Promise<Rehearsal> {
  return new Rehearsal(participant, vm, host, await presetConfig(participant), privileged && { privileged });
}

/** What everyone promises who takes part in a VM's life. Each throws when it is broken. */
export const promises: Readonly<Record<string, (who: Rehearsed, place: () => Promise<Place>) => Promise<void>>> = {
  async "an empty section is a good configuration, an unknown key is refused"(who) {
    await presetConfig(who);
    const odd = await who.config["~standard"].validate({ "no such key": 1 });
    same(odd.issues?.length, 1, "issues");
  },

  async "contributions are the same at each start, also after a trip through JSON"(who, place) {
    const rehearsal = await rehearse(who, await place());
    const first = await rehearsal.perform();
    same(await rehearsal.perform(), first, "contributions");
  },

  async "each undo works twice in a row and leaves nothing"(who, place) {
    for (const forgetResults of [false, true]) {
      const here = await place();
      const before = here.files();
      const rehearsal = await rehearse(who, here);
      await rehearsal.perform();
      for (let round = 0; round < 2; round++) {
        await rehearsal.undo({ forgetResults });
        same(here.files(), before, "files");
      }
    }
  },

  async "an undo whose change was never made does nothing"(who, place) {
    const [here, there] = [await place(), await place()];
    const rehearsal = await rehearse(who, here);
    await rehearsal.perform();
    const before = there.files();
    for (const { undo, args } of rehearsal.effects) {
      const moved = JSON.stringify(args).replaceAll(here.vm.stateDir, there.vm.stateDir);
      const { privileged } = rehearsal.ctx();
      await who.undo[undo]!(
        { vm: there.vm, host: there.host, privileged, result: null },
        JSON.parse(moved) as typeof args,
      );
    }
    same(there.files(), before, "files");
  },
};

function same(actual: unknown, expected: unknown, what: string): void {
  const [a, e] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== e) throw new Error(`${what} should be ${e}, and are ${a}`);
}
