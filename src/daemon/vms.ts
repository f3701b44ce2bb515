import { BangerError } from "../core/api/errors.ts";
import type { RunningVmm } from "../core/api/drivers.ts";
import type { Guest } from "../core/api/guest.ts";
import type { VmView } from "../core/api/participant.ts";
import type { Cast } from "../core/engine/boot.ts";
import type { ContextDeps, ContextSubject } from "../core/engine/context.ts";
import type { Lifecycle } from "../core/engine/lifecycle.ts";
import { KeyedLock } from "../core/engine/lock.ts";
import type { VmRepository } from "../core/engine/ports.ts";
import { resolveReference } from "../core/model/reference.ts";
import { formatSize } from "../core/model/size.ts";
import { isAtRest } from "../core/model/state.ts";
import type { VmRecord } from "../core/model/vm.ts";
import type { KillRequest, PruneResult, SetRequest, StartRequest, StopRequest, WaitFor } from "../rpc/protocol.ts";
import type { Casts } from "./casts.ts";
import { startText } from "./info.ts";
import type { Library } from "./library.ts";
import { LiveVm } from "./live.ts";
import { noticesTo, type Log, type Operation } from "./operations.ts";
import { changeConfig, subjectOf, takeOver } from "./participation.ts";
import { runFactsOf } from "./run-facts.ts";
import { mergedSettings } from "./settings.ts";
import { waitFor } from "./wait.ts";

export interface VmsDeps extends ContextDeps {
  readonly vms: VmRepository;
  readonly lifecycle: Lifecycle;
  readonly casts: Casts;
  readonly library: Library;
  readonly log: Log;
  /** See VmView. */
  readonly sshKey: string;
  diskUsage(path: string): Promise<number>;
  connect(running: RunningVmm, token: string, signal: AbortSignal): Promise<Guest>;
  placesOf(vm: Pick<VmRecord, "id" | "name">): Pick<VmView, "id" | "name" | "stateDir" | "runtimeDir">;
}

/** The operation that something is done for. */
export type Run = Pick<Operation, "signal" | "emit">;

const defaultBootTimeoutMs = 120_000;
const defaultStopTimeoutMs = 10_000;
/** How long a VMM may take to end by a signal that it can handle, in milliseconds. */
const endTimeoutMs = 10_000;

/** The VMs of this daemon: one lock each, and what it holds of those that run. */
export class Vms {
  readonly #live = new Map<string, LiveVm>();
  readonly #locks = new KeyedLock();
  /** What ends the starts under way, by id: a VM that is to be deleted need not finish its boot. */
  readonly #starts = new Map<string, AbortController>();

  constructor(private readonly deps: VmsDeps) {}

  list(): readonly VmRecord[] {
    return this.deps.vms.list();
  }

  /** Throws VM_NOT_FOUND or VM_AMBIGUOUS. */
  find(reference: string): VmRecord {
    return resolveReference(reference, this.deps.vms.list());
  }

  live(id: string): LiveVm | null {
    return this.#live.get(id) ?? null;
  }

  /** The running VM of a reference; throws VM_NOT_RUNNING. */
  running(reference: string): { vm: VmRecord; live: LiveVm } {
    const vm = this.find(reference);
    const live = this.#live.get(vm.id);
    if (vm.state === "running" && live !== undefined) return { vm, live };
    throw new BangerError("VM_NOT_RUNNING", `${vm.name} is ${vm.state}`, { hint: `banger vm start ${vm.name}` });
  }

  /** The running VM of a reference and its agent; throws VM_NOT_RUNNING or GUEST_GONE. */
  async guest(reference: string, signal?: AbortSignal): Promise<{ vm: VmRecord; live: LiveVm; guest: Guest }> {
    const { vm, live } = this.running(reference);
    return { vm, live, guest: await live.guest(signal) };
  }

  /** After a start of the daemon: adopts what runs, undoes what was left half done. */
  async reconcile(): Promise<void> {
    const { deps } = this;
    const known = deps.vms.list();
    for (const vm of known) {
      const release = await this.#locks.acquire(vm.id);
      try {
        await this.#reconcileOne(vm);
      } catch (thrown) {
        deps.log("error", `cannot reconcile ${vm.name}`, { error: String(thrown) });
      } finally {
        release();
      }
    }
    const ids = new Set(known.map((vm) => vm.id));
    for (const id of deps.journal.vmIds()) if (!ids.has(id)) await deps.lifecycle.clear({ id, name: id });
  }

  /** Starts a VM that is at rest; one that runs already is fine. */
  async start(id: string, request: StartRequest, run: Run): Promise<VmRecord> {
    return this.#locks.run(id, () => this.#start(this.#record(id), request, run), run.signal);
  }

  async stop(id: string, request: StopRequest, run: Run): Promise<VmRecord> {
    return this.#locks.run(id, () => this.#stop(this.#record(id), request, run), run.signal);
  }

  async restart(id: string, request: StopRequest, run: Run): Promise<VmRecord> {
    const work = async (): Promise<VmRecord> =>
      this.#start(await this.#stop(this.#record(id), request, run), request, run);
    return this.#locks.run(id, work, run.signal);
  }

  /** Sends a signal to the VMM and waits for its end; everything of the run is undone. */
  async kill(id: string, { signal = "KILL" }: KillRequest, run: Run): Promise<VmRecord> {
    return this.#locks.run(
      id,
      async () => {
        const { vm, live } = this.running(id);
        const { process, jail } = live.running;
        if (jail !== undefined && "uid" in jail) await this.deps.privileged("jail.signal", { vm: id, signal });
        else await this.deps.host.signal(process, `SIG${signal}`);
        const late = AbortSignal.timeout(endTimeoutMs);
        await this.deps.host.waitExit(live.running.process, AbortSignal.any([run.signal, late])).catch((cause) => {
          if (!late.aborted) throw cause;
          throw new BangerError("VMM_FAILED", `${vm.name} still runs ${endTimeoutMs / 1000} s after SIG${signal}`, {
            hint: `banger vm kill ${vm.name}`,
            cause,
          });
        });
        this.#release(id);
        return this.deps.lifecycle.end(vm, live.cast, `killed by SIG${signal}`);
      },
      run.signal,
    );
  }

  /** Deletes a VM and all that is its own; what runs or starts is killed at once, one that is gone already is fine. */
  async remove(id: string, run: Run): Promise<void> {
    const name = this.deps.vms.get(id)?.name ?? id;
    this.#starts.get(id)?.abort(new BangerError("CANCELLED", `${name} is being deleted`));
    await this.#remove(id, run, () => true);
  }

  /** False when it is gone, or not wanted any more, once nobody else is at work on it. */
  async #remove(id: string, run: Run, wanted: (vm: VmRecord) => boolean): Promise<boolean> {
    return this.#locks.run(
      id,
      async () => {
        const vm = this.deps.vms.get(id);
        if (vm === null || !wanted(vm)) return false;
        const cast = this.#live.get(id)?.cast ?? (await this.#castOf(vm));
        this.#release(id);
        await this.deps.lifecycle.remove(vm, cast);
        return true;
      },
      run.signal,
    );
  }

  /** Deletes every VM that is at rest, and still is when its turn comes. */
  async prune(run: Run): Promise<PruneResult> {
    const deleted: string[] = [];
    let freedBytes = 0;
    const idle = ({ state }: VmRecord): boolean => isAtRest(state) || state === "error";
    for (const vm of this.deps.vms.list().filter(idle)) {
      run.signal.throwIfAborted();
      const bytes = await this.deps.diskUsage(this.deps.placesOf(vm).stateDir);
      if (!(await this.#remove(vm.id, run, idle))) continue;
      deleted.push(vm.name);
      freedBytes += bytes;
    }
    return { deleted, freedBytes };
  }

  /** Changes what the next start uses; capabilities of a running VM follow at once. A disk never shrinks. */
  async set(id: string, request: SetRequest, run: Run): Promise<VmRecord> {
    return this.#locks.run(id, async () => {
      const vm = this.#record(id);
      const { capabilities, ...sizes } = request;
      if (sizes.diskBytes !== undefined && sizes.diskBytes < vm.spec.diskBytes) {
        throw new BangerError(
          "BAD_SIZE",
          `the disk of ${vm.name} has ${formatSize(vm.spec.diskBytes)}: it cannot shrink to ${formatSize(sizes.diskBytes)}`,
          {
            hint: `a disk only grows; a new VM can have a smaller one: banger vm create --disk-size ${formatSize(sizes.diskBytes)}`,
          },
        );
      }
      const spec = { ...vm.spec, ...sizes, capabilities: mergedSettings(vm.spec.capabilities, capabilities) };
      await this.deps.casts.check(spec);
      const live = this.#live.get(id);
      if (live !== undefined && capabilities !== undefined) {
        const cast = await this.deps.casts.of(spec, { vmmKey: live.cast.vmm.key });
        const about = subjectOf(await this.#viewOf(vm), live, await live.guest(run.signal).catch(() => null), run);
        await changeConfig(this.deps, live.cast, cast, about);
        live.cast = cast;
      }
      const next = { ...vm, spec };
      this.deps.vms.update(next);
      return next;
    });
  }

  async wait(reference: string, what: WaitFor, signal: AbortSignal): Promise<void> {
    const { guest, vm } = await this.guest(reference, signal);
    await waitFor(guest, vm.name, what, signal);
  }

  /** A running VM as its participants are told of it, outside of any operation: what they have to say goes to the log. */
  async about(vm: VmRecord, live: LiveVm, guest: Guest | null, signal: AbortSignal): Promise<ContextSubject> {
    return subjectOf(await this.#viewOf(vm), live, guest, { signal, emit: noticesTo(this.deps.log, vm.name) });
  }

  /** Begins an orderly stop that one of the VM's own participants asks for. Throws VM_NOT_RUNNING. */
  stopSoon(id: string, reason: string): void {
    const { vm, live } = this.running(id);
    const run = { signal: new AbortController().signal, emit: noticesTo(this.deps.log, vm.name) };
    const work = async (): Promise<void> => {
      // Whoever was at work on it before may have ended that run.
      if (this.#live.get(id) === live) await this.#stop(this.#record(id), {}, run, reason);
    };
    this.#locks
      .run(id, work)
      .catch((error: unknown) => this.deps.log("error", `cannot stop ${id}: ${reason}`, { error: String(error) }));
  }

  /** Does something to a VM while nobody else is at work on it. */
  locked<T>(id: string, work: () => Promise<T>): Promise<T> {
    return this.#locks.run(id, work);
  }

  /** Lets go of everything; the guests run on. */
  close(): void {
    for (const id of [...this.#live.keys()]) this.#release(id);
  }

  async #start(vm: VmRecord, request: StartRequest, run: Run): Promise<VmRecord> {
    const { deps } = this;
    if (vm.state === "running" && this.#live.has(vm.id)) return vm;
    const began = performance.now();
    const cast = await deps.casts.of(vm.spec);
    const view = await this.#viewOf(vm);
    run.emit({ type: "step-start", step: "start", subject: vm.name });
    const stop = new AbortController();
    this.#starts.set(vm.id, stop);
    const { vm: running, live } = await deps.lifecycle
      .start(vm, {
        vm: view,
        cast,
        signal: AbortSignal.any([run.signal, stop.signal]),
        emit: run.emit,
        bootTimeoutMs: request.bootTimeoutMs ?? defaultBootTimeoutMs,
        keepFailed: request.keepFailed ?? false,
      })
      .finally(() => this.#starts.delete(vm.id));
    const held = this.#hold(running.id, live.running, cast, live.guest);
    run.emit({
      type: "step-end",
      step: "start",
      subject: vm.name,
      detail: startText(cast, live.running),
      ms: performance.now() - began,
    });
    if (request.wait !== undefined && request.wait !== "agent")
      await waitFor(await held.guest(), vm.name, request.wait, run.signal);
    return running;
  }

  async #stop(vm: VmRecord, request: StopRequest, run: Run, why = ""): Promise<VmRecord> {
    if (vm.state === "stopped" || vm.state === "created") return vm;
    const began = performance.now();
    run.emit({ type: "step-start", step: "stop", subject: vm.name });
    const live = this.#live.get(vm.id);
    const { lifecycle } = this.deps;
    let stopped: VmRecord;
    if (live === undefined) {
      stopped = await lifecycle.end(vm, await this.#castOf(vm), why);
    } else {
      const guest = await live.guest(run.signal).catch(() => null);
      const timeoutMs = request.timeoutMs ?? defaultStopTimeoutMs;
      try {
        stopped = await lifecycle.stop(vm, { running: live.running, guest }, live.cast, timeoutMs, run.signal, why);
      } finally {
        this.#release(vm.id);
      }
    }
    run.emit({
      type: "step-end",
      step: "stop",
      subject: vm.name,
      ...(stopped.stateReason !== "" && { detail: stopped.stateReason }),
      ms: performance.now() - began,
    });
    return stopped;
  }

  async #reconcileOne(vm: VmRecord): Promise<void> {
    const { lifecycle, log } = this.deps;
    const cast = await this.#castOf(vm);
    if (vm.spec.ephemeral) {
      await lifecycle.remove(vm, cast);
      log("info", `removed ${vm.name}: its client went with the daemon before`);
      return;
    }
    const adopted = await lifecycle.reconcile(vm, cast);
    if (adopted === null || cast === null) return;
    const live = this.#hold(vm.id, adopted.running, cast, null);
    log("info", `adopted ${vm.name}`, { pid: adopted.running.process.pid });
    // Not waited for: a guest that is slow to answer holds up nobody else.
    live.guest().catch(() => this.#takeOver(vm, live, null));
  }

  /** Tells everyone who takes part of a session that is not the boot's own. */
  async #takeOver(vm: VmRecord, live: LiveVm, guest: Guest | null): Promise<void> {
    const { log } = this.deps;
    try {
      const about = await this.about(vm, live, guest, live.released);
      for (const { key, error } of await takeOver(this.deps, live.cast, about))
        log("warn", `${key} cannot take over ${vm.name}`, { error: String(error) });
    } catch (thrown) {
      log("warn", `${vm.name} is adopted without its capabilities`, { error: String(thrown) });
    }
  }

  /** The cast that the journal says took part; null when its configuration is no longer valid: undo works without. */
  async #castOf(vm: VmRecord): Promise<Cast | null> {
    const vmmKey = this.deps.journal.entries(vm.id).find((entry) => entry.participant.startsWith("vmm/"))?.participant;
    try {
      return await this.deps.casts.of(vm.spec, { vmmKey, begun: true });
    } catch (thrown) {
      this.deps.log("warn", `${vm.name} has no complete cast`, { error: String(thrown) });
      return null;
    }
  }

  #hold(id: string, running: RunningVmm, cast: Cast, guest: Guest | null): LiveVm {
    const { token, nics } = runFactsOf(id, this.deps.journal.entries(id));
    const live = new LiveVm(running, nics, cast, (signal) => this.deps.connect(running, token, signal), guest);
    live.onSession = (guest) => {
      const vm = this.deps.vms.get(id);
      if (vm !== null) void this.#takeOver(vm, live, guest);
    };
    this.#live.set(id, live);
    this.deps.host.waitExit(running.process, live.released).then(
      () => this.#died(id, live),
      () => {},
    );
    return live;
  }

  #release(id: string): void {
    this.#live.get(id)?.release();
    this.#live.delete(id);
  }

  /** The VMM ended without being asked to. */
  async #died(id: string, live: LiveVm): Promise<void> {
    const release = await this.#locks.acquire(id);
    try {
      const vm = this.deps.vms.get(id);
      if (vm === null || this.#live.get(id) !== live) return;
      this.#release(id);
      const reason = `its VMM (${live.cast.vmm.participant.name}, pid ${live.running.process.pid}) ended: the guest powered off, or something killed it`;
      this.deps.log("warn", `${vm.name}: ${reason}`);
      if (vm.spec.ephemeral) await this.deps.lifecycle.remove(vm, live.cast);
      else await this.deps.lifecycle.end(vm, live.cast, reason);
    } catch (thrown) {
      this.deps.log("error", `cannot clean up after a VMM that ended`, { vm: id, error: String(thrown) });
    } finally {
      release();
    }
  }

  #record(id: string): VmRecord {
    const vm = this.deps.vms.get(id);
    if (vm === null) throw new BangerError("VM_NOT_FOUND", `the VM ${id} is gone`);
    return vm;
  }

  async #viewOf(vm: VmRecord): Promise<VmView> {
    const { image, kernel } = await this.deps.library.filesOf(vm);
    const { vcpu, memoryMiB, diskBytes, ephemeral } = vm.spec;
    const { placesOf, sshKey } = this.deps;
    return { ...placesOf(vm), vcpu, memoryMiB, diskBytes, image, kernel, sshKey, ephemeral };
  }
}
