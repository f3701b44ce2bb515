import type { RecordedEffect, RunningVmm } from "../api/drivers.ts";
import { asBangerError, BangerError } from "../api/errors.ts";
import type { Guest } from "../api/guest.ts";
import type { VmView } from "../api/participant.ts";
import { isAtRest, mayMove, type VmState } from "../model/state.ts";
import type { VmRecord } from "../model/vm.ts";
import { blamed } from "./blame.ts";
import { bootVm, type BootDeps, type BootInput, type Cast, type Live } from "./boot.ts";
import { raceAbort } from "./lock.ts";
import type { JournalEntry, VmRepository } from "./ports.ts";
import { teardown, type Extent, type FindParticipant } from "./teardown.ts";

export interface LifecycleDeps extends BootDeps {
  readonly vms: VmRepository;
  readonly find: FindParticipant;
  /** Milliseconds since 1970. */
  now(): number;
  /** The directories of a VM, also of one whose image is gone. */
  placesOf(vm: Pick<VmRecord, "id" | "name">): Pick<VmView, "id" | "name" | "stateDir" | "runtimeDir">;
}

/** A state reason that reconcile leaves alone: the user asked for the remains of a failed start. */
export const keptReason = "kept after a failed start";

/** The state reason of a VM whose delete has begun: reconcile finishes it. */
const deletedReason = "being deleted";

/**
 * What happens to one VM: every method leaves record and journal in agreement; what a user asks for goes along the state table. The caller
 * holds the VM's lock.
 */
export class Lifecycle {
  constructor(private readonly deps: LifecycleDeps) {}

  /** Boots the VM. A failure takes down what the start had set up (unless `keepFailed`) and says so. */
  async start(
    vm: VmRecord,
    input: BootInput & { readonly keepFailed: boolean },
  ): Promise<{ vm: VmRecord; live: Live }> {
    const { deps } = this;
    if (vm.state === "error") {
      // What is left of the run before may still have the VM's disks: a second VMM on them would ruin them.
      const [failure] = await this.#takeDown(vm, input.cast, "run");
      if (failure !== undefined) throw failure;
    }
    const starting = this.#move(vm, "starting", "");
    try {
      const live = await bootVm(deps, input);
      return { vm: this.#move(starting, "running", "", { startedAt: deps.now(), stoppedAt: null }), live };
    } catch (thrown) {
      const error = input.signal.aborted ? cancelled(input.signal) : asBangerError(thrown);
      if (input.keepFailed) {
        this.#move(starting, "error", `${keptReason}: ${error.message}`);
        throw error.with({ state: `what was set up for ${vm.name} is kept: ${remains(deps.journal.entries(vm.id))}` });
      }
      const failures = await this.#takeDown(starting, input.cast, "run");
      if (failures.length > 0) {
        this.#move(starting, "error", failures[0]!.message);
        throw error.with({
          state: `not all of what was set up for ${vm.name} could be undone`,
          detail: [...error.detail, ...failures.map((f) => f.message)],
        });
      }
      this.#move(starting, vm.startedAt === null ? "created" : "stopped", error.message);
      throw error.with({ state: `what was set up for ${vm.name} has been undone` });
    }
  }

  /** An orderly stop: the guest's own shutdown within the time, then the VMM is killed; then everything of the run is undone. `why` is for the record. */
  async stop(
    vm: VmRecord,
    live: { running: RunningVmm; guest: Guest | null },
    cast: Cast | null,
    timeoutMs: number,
    signal: AbortSignal,
    why = "",
  ): Promise<VmRecord> {
    const stopping = this.#move(vm, "stopping", why);
    const late = AbortSignal.any([AbortSignal.timeout(timeoutMs), signal]);
    let reason = why;
    try {
      if (live.guest === null) throw new BangerError("GUEST_GONE", "its agent does not answer");
      await raceAbort(live.guest.shutdown(), late);
      await this.deps.host.waitExit(live.running.process, late);
    } catch (thrown) {
      const killed = late.aborted
        ? `killed: it did not shut down within ${Math.round(timeoutMs / 1000)} s`
        : `killed: ${asBangerError(thrown).message}`;
      reason = why === "" ? killed : `${why} (${killed})`;
    }
    return this.end(stopping, cast, reason);
  }

  /** The end of a run, however it came: everything of the run is undone. The VM is `stopped` afterwards, or `error` when something resists. */
  async end(vm: VmRecord, cast: Cast | null, reason: string): Promise<VmRecord> {
    const stopping = vm.state === "stopping" ? vm : this.#move(vm, "stopping", reason);
    const failures = await this.#takeDown(stopping, cast, "run");
    if (failures.length > 0) {
      this.#move(stopping, "error", failures[0]!.message);
      throw failures[0]!;
    }
    return this.#move(stopping, "stopped", reason, { stoppedAt: this.deps.now() });
  }

  /** Deletes the VM: whatever runs is killed, everything is undone, the record goes last. */
  async remove(vm: VmRecord, cast: Cast | null): Promise<void> {
    const going = this.#move(vm, "stopping", deletedReason);
    const failures = await this.#takeDown(going, cast, "all");
    if (failures.length > 0) {
      this.#move(going, "error", failures[0]!.message);
      throw failures[0]!;
    }
    this.deps.vms.delete(vm.id);
  }

  /**
   * After a daemon's death: what really runs is adopted, what was half done is undone. Returns the VMM of an adopted VM, null where
   * there is none. A failure stands in the record, which says `error`.
   */
  async reconcile(vm: VmRecord, cast: Cast | null): Promise<{ vm: VmRecord; running: RunningVmm } | null> {
    if (vm.state === "stopping" && vm.stateReason === deletedReason) {
      await this.remove(vm, cast);
      return null;
    }
    const entries = this.deps.journal.entries(vm.id);
    if (vm.state === "running") {
      const running = cast === null ? null : await this.#adopt(entries, cast);
      if (running !== null) return { vm, running };
      await this.#settle(vm, cast, "stopped", `its VMM ended while no daemon was there to see it`);
      return null;
    }
    if (vm.state === "error" && vm.stateReason.startsWith(keptReason)) return null;
    const unfinished = entries.some((entry) => entry.scope === "run" || !entry.done);
    if (isAtRest(vm.state) && !unfinished) return null;
    const rest =
      vm.state === "starting"
        ? vm.startedAt === null
          ? "created"
          : "stopped"
        : vm.state === "created"
          ? "created"
          : "stopped";
    const reason =
      vm.state === "starting"
        ? "the daemon ended while it was starting"
        : vm.state === "stopping"
          ? ""
          : vm.stateReason;
    await this.#settle(vm, cast, rest, reason);
    return null;
  }

  /** Undoes the journal of a VM whose record is gone. */
  async clear(vm: Pick<VmRecord, "id" | "name">): Promise<readonly BangerError[]> {
    return teardown(this.deps, this.deps.placesOf(vm), "all");
  }

  async #adopt(entries: readonly JournalEntry[], cast: Cast): Promise<RunningVmm | null> {
    const own: RecordedEffect[] = entries.filter((entry) => entry.participant === cast.vmm.key);
    return cast.vmm.participant.adopt(this.deps.host, own);
  }

  async #settle(vm: VmRecord, cast: Cast | null, rest: "created" | "stopped", reason: string): Promise<void> {
    const failures = await this.#takeDown(vm, cast, "run");
    if (failures.length > 0) this.#move(vm, "error", failures[0]!.message);
    else this.#move(vm, rest, reason, rest === "stopped" ? { stoppedAt: this.deps.now() } : {});
  }

  /** Cleanup of everyone who took part, last one first, then the journal in reverse. Returns what failed. */
  async #takeDown(vm: VmRecord, cast: Cast | null, extent: Extent): Promise<readonly BangerError[]> {
    const { deps } = this;
    const places = deps.placesOf(vm);
    const errors: BangerError[] = [];
    for (const part of cast?.parts.toReversed() ?? []) {
      try {
        const { host, privileged } = deps;
        await part.participant.cleanup?.({ vm: places, config: part.config, host, privileged });
      } catch (thrown) {
        errors.push(blamed(part.key, "cleanup", thrown));
      }
    }
    return [...errors, ...(await teardown(deps, places, extent))];
  }

  /** A move along the state table; an illegal one is refused. */
  #move(vm: VmRecord, to: VmState, reason: string, more: Partial<VmRecord> = {}): VmRecord {
    if (!mayMove(vm.state, to)) {
      throw new BangerError("VM_STATE", `${vm.name} is ${vm.state}: it cannot become ${to} now`);
    }
    const next: VmRecord = { ...vm, ...more, state: to, stateReason: reason };
    this.deps.vms.update(next);
    return next;
  }
}

function remains(entries: readonly JournalEntry[]): string {
  return entries.map((entry) => `${entry.participant} ${entry.undo} ${JSON.stringify(entry.args)}`).join("; ");
}

function cancelled(signal: AbortSignal): BangerError {
  return signal.reason instanceof BangerError ? signal.reason : new BangerError("CANCELLED", "cancelled");
}
