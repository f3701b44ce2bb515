import type { VmmDriver, RunningVmm } from "../api/drivers.ts";
import { BangerError } from "../api/errors.ts";
import type { Emit } from "../api/events.ts";
import type { Guest } from "../api/guest.ts";
import type { Json } from "../api/json.ts";
import type { Stage, VmView } from "../api/participant.ts";
import { blame } from "./blame.ts";
import { contextOf, type ContextDeps, type ContextSubject } from "./context.ts";
import { checkContributions } from "./contribution-schema.ts";
import { effectOf, type Part } from "./effects.ts";
import { raceAbort } from "./lock.ts";
import { mergeContributions, type Contribution, type Merged } from "./merge.ts";
import { settleGuest } from "./settle-guest.ts";
import { sideBySide } from "./side-by-side.ts";

/** Who takes part in a VM's life, in the order of their stages; the VMM comes last and boots the machine. */
export interface Cast {
  readonly parts: readonly Part[];
  readonly vmm: Part & { readonly participant: VmmDriver };
  /** Why the VMMs before it were not taken, for people; absent when it is the first choice. */
  readonly why?: string;
}

/** What the machine's own files need: the agent's boot configuration. */
export interface BootFiles {
  readonly vm: VmView;
  readonly merged: Merged;
  readonly vmm: VmmDriver;
  /** Hex; a session with the agent begins with it. */
  readonly token: string;
  /** Where to write the initramfs. */
  readonly path: string;
}

export interface BootDeps extends ContextDeps {
  makePrivateDir(path: string): Promise<void>;
  /** 16 random bytes as hex. */
  randomToken(): string;
  /** Writes the VM's initramfs. */
  writeBootFiles(files: BootFiles): Promise<void>;
  connect(channel: RunningVmm["channel"], token: string, signal: AbortSignal): Promise<Guest>;
  /** The last line that the guest's agent left on the console, or "". */
  lastConsoleLine(path: string): Promise<string>;
}

export interface BootInput {
  readonly vm: VmView;
  readonly cast: Cast;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** From the start of the VMM to the agent's first answer. */
  readonly bootTimeoutMs: number;
}

/** A VM that runs, with a session to its agent. */
export interface Live {
  readonly running: RunningVmm;
  readonly guest: Guest;
}

const before = ["preflight", "prepareHost", "guestConfig", "start"] as const satisfies readonly Stage[];

/**
 * The pipeline of a start, from `preflight` to `ready`. Every change is journaled; on a failure it throws and leaves the journal to the
 * caller's teardown.
 */
export async function bootVm(deps: BootDeps, input: BootInput): Promise<Live> {
  const { vm, cast, emit } = input;
  const began = performance.now();
  const mark = (name: string): void => emit({ type: "timing", mark: name, ms: performance.now() - began });

  const contributions: Contribution[] = [];
  const subject = (guest: Guest | null, signal = input.signal): ContextSubject => ({
    vm,
    vmm: cast.vmm.participant.name,
    nics: contributions.flatMap(({ value }) => value.nics ?? []),
    guest,
    signal,
    emit,
  });
  const own = effectOf(deps.journal, vm.id, deps.self, input.signal);
  for (const stage of before) {
    if (stage === "prepareHost") {
      await own("remove", { path: vm.stateDir }, async () => (await deps.makePrivateDir(vm.stateDir), null), {
        scope: "vm",
      });
      await own("remove", { path: vm.runtimeDir }, async () => (await deps.makePrivateDir(vm.runtimeDir), null));
    }
    const given = await sideBySide(cast.parts, input.signal, async (part, signal) => {
      const value = await runStage(deps, subject(null, signal), part, stage);
      if (value === undefined || value === null) return [];
      return [{ by: part.key, value: checkContributions(part.key, stage, value) }];
    });
    contributions.push(...given.flat());
    mark(stage);
  }
  const merged = mergeContributions(contributions);

  const vmm = cast.vmm.participant;
  const initrd = `${vm.runtimeDir}/initrd`;
  const { token } = await own("remove", { path: initrd }, async () => {
    const secret = deps.randomToken();
    await deps.writeBootFiles({ vm, merged, vmm, token: secret, path: initrd });
    return { token: secret, nics: merged.nics as unknown as Json };
  });
  mark("boot-files");

  const running = await blame(cast.vmm.key, "start", () =>
    vmm.boot(contextOf(deps, cast.vmm, subject(null)), {
      vcpu: vm.vcpu,
      memoryMiB: vm.memoryMiB,
      vmlinux: vm.kernel.vmlinux,
      initrd,
      kernelArgs: merged.kernelArgs,
      drives: merged.drives,
      nics: merged.nics,
      channel: merged.channel,
      ...(cast.why !== undefined && { why: cast.why }),
    }),
  );
  mark("vmm");
  const guest = await firstAnswer(deps, input, running, token);
  mark("agent");
  try {
    await settleGuest(guest, merged.settings, input.signal);
    await sideBySide(cast.parts, input.signal, async (part, signal) => {
      const late = await runStage(deps, subject(guest, signal), part, "ready");
      if (late === undefined || late === null) return;
      throw new BangerError("CAPABILITY_FAILED", `${part.key} contributes at ready, when the machine runs already`);
    });
  } catch (thrown) {
    guest.close();
    throw thrown;
  }
  mark("ready");
  return { running, guest };
}

/** The agent's first answer, or why there will be none: the VMM ended, the time is up, the operation was cancelled. */
async function firstAnswer(deps: BootDeps, input: BootInput, running: RunningVmm, token: string): Promise<Guest> {
  const over = new AbortController();
  const timeout = AbortSignal.timeout(input.bootTimeoutMs);
  const signal = AbortSignal.any([input.signal, timeout, over.signal]);
  const died = deps.host.waitExit(running.process, signal).then(
    () => "died" as const,
    () => new Promise<never>(() => {}),
  );
  const connecting = deps.connect(running.channel, token, signal);
  try {
    const first = await raceAbort(Promise.race([connecting, died]), signal);
    if (first !== "died") return first;
    const line = await deps.lastConsoleLine(running.consolePath);
    throw new BangerError(
      "BOOT_FAILED",
      `the guest of ${input.vm.name} ended before its agent answered${line && `: ${line}`}`,
      {
        hint: `its console: ${running.consolePath}`,
      },
    );
  } catch (thrown) {
    if (!timeout.aborted || input.signal.aborted) throw thrown;
    const line = await deps.lastConsoleLine(running.consolePath);
    throw new BangerError(
      "BOOT_TIMEOUT",
      `the guest of ${input.vm.name} did not answer within ${Math.round(input.bootTimeoutMs / 1000)} s`,
      {
        detail: line === "" ? [] : [`console: ${line}`],
        hint: "--boot-timeout gives it longer; --keep-failed leaves it to be looked at",
      },
    );
  } finally {
    over.abort(new BangerError("CANCELLED", "no longer waited for"));
    connecting.catch(() => {});
  }
}

async function runStage(
  deps: BootDeps,
  subject: ContextSubject,
  part: Part,
  stage: Stage,
): ReturnType<NonNullable<Part["participant"]["stages"][Stage]>> {
  const run = part.participant.stages[stage];
  if (run === undefined) return undefined;
  return blame(part.key, stage, () => run.call(part.participant.stages, contextOf(deps, part, subject)));
}
