import type { Contributions, Nic } from "../api/contributions.ts";
import type { RecordedEffect } from "../api/drivers.ts";
import { BangerError } from "../api/errors.ts";
import type { Host } from "../api/host.ts";
import type { Json } from "../api/json.ts";
import { stages, type Ctx, type Participant, type VmView } from "../api/participant.ts";
import type { Privileged } from "../api/privileged.ts";
import { contextOf } from "./context.ts";
import type { Journal, JournalEntry } from "./ports.ts";

/** What a rehearsal does not take from the participant itself. */
export interface RehearsalSetting {
  /** Default: nobody answers. */
  readonly privileged?: Privileged;
  readonly vmm?: string;
  readonly nics?: readonly Nic[];
}

/** One participant alone with a VM, its effects in a journal in memory: for the contract tests of drivers and capabilities. */
export class Rehearsal {
  readonly entries: JournalEntry[] = [];
  #seq = 0;

  constructor(
    private readonly participant: Participant,
    readonly vm: VmView,
    readonly host: Host,
    private readonly config: unknown,
    private readonly setting: RehearsalSetting = {},
  ) {}

  readonly #journal: Journal = {
    record: (entry) => {
      this.entries.push({ ...throughJson(entry), seq: ++this.#seq, done: false, result: null });
      return this.#seq;
    },
    markDone: (seq, result) => {
      const index = this.entries.findIndex((entry) => entry.seq === seq);
      this.entries[index] = { ...this.entries[index]!, done: true, result: throughJson(result) };
    },
    remove: (seq) =>
      void this.entries.splice(
        this.entries.findIndex((entry) => entry.seq === seq),
        1,
      ),
    entries: () => this.entries,
    vmIds: () => [this.vm.id],
  };

  /** As the engine hands a driver what the journal holds of it. */
  get effects(): readonly RecordedEffect[] {
    return this.entries.filter(({ participant }) => participant !== "engine");
  }

  get #privileged(): Privileged {
    return this.setting.privileged ?? nobody;
  }

  ctx(signal: AbortSignal = new AbortController().signal): Ctx {
    const { participant, vm, host, config } = this;
    const part = { key: participant.name, participant, config };
    const self = { key: "engine", participant, config: null };
    const deps = { journal: this.#journal, host, privileged: this.#privileged, self, stop: () => {} };
    const { vmm = "qemu", nics = [] } = this.setting;
    return contextOf(deps, part, { vm, vmm, nics, guest: null, signal, emit: () => {} });
  }

  /** The stages before the guest answers; what they contribute has been JSON. */
  async perform(): Promise<readonly Contributions[]> {
    const given: Contributions[] = [];
    for (const stage of stages) {
      const value = stage === "ready" ? undefined : await this.participant.stages[stage]?.(this.ctx());
      if (value !== undefined) given.push(throughJson(value));
    }
    return given;
  }

  /** Every effect in reverse, with its result or, as after a crash before it was marked done, without. The journal stays. */
  async undo({ forgetResults = false } = {}): Promise<void> {
    for (const { undo, args, result } of this.effects.toReversed()) {
      await this.participant.undo[undo]!(
        { vm: this.vm, host: this.host, privileged: this.#privileged, result: forgetResults ? null : result },
        args,
      );
    }
  }

  /** A rehearsal of the same VM at another size, with the same journal. */
  resized(diskBytes: number): Rehearsal {
    const other = new Rehearsal(this.participant, { ...this.vm, diskBytes }, this.host, this.config, this.setting);
    other.entries.push(...this.entries);
    return other;
  }
}

const nobody: Privileged = Object.assign(
  async () => {
    throw new BangerError("PRIVILEGE_NEEDED", "a rehearsal has no privileges");
  },
  { available: false },
);

function throughJson<T extends object | Json>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
