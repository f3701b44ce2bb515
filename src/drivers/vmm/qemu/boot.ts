import { watch } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Machine, RunningVmm } from "../../../core/api/drivers.ts";
import { BangerError } from "../../../core/api/errors.ts";
import type { Host, ProcessIdentity } from "../../../core/api/host.ts";
import type { Ctx } from "../../../core/api/participant.ts";
import { qemuArgv } from "./argv.ts";
import type { QemuConfig } from "./config.ts";
import type { KillArgs } from "./kill.ts";
import { emptyLog, lastLines } from "./log.ts";
import { qemuPaths, type QemuPaths } from "./paths.ts";
import type { QemuProbe } from "./probe.ts";
import { Qmp } from "./qmp.ts";

/** From the start of QEMU's process until it takes commands; in ms. It is 50 to 100 on an idle host. */
const startTimeoutMs = 30_000;
/** Between bind and listen QEMU's socket refuses; that takes microseconds. In ms. */
const refusedMs = 2;

/** See VmmDriver.boot. */
export async function bootQemu(ctx: Ctx<QemuConfig>, machine: Machine, probe: QemuProbe): Promise<RunningVmm> {
  const { vm, host, config } = ctx;
  const { usable, accel, binary, sandbox, reason } = await probe.probe(host, config);
  if (!usable || binary === null) {
    throw new BangerError("VMM_UNUSABLE", `QEMU cannot boot a guest here: ${reason}`, {
      hint: "banger doctor says what is missing",
    });
  }
  const paths = qemuPaths(vm);
  const marker = crypto.randomUUID();
  const tscKhz = accel === "tcg" ? await host.tscKhz() : null;
  const argv = qemuArgv(machine, { binary, accel, sandbox, tscKhz, name: `${vm.name}.vm`, marker, paths });
  const args: KillArgs = { marker, sockets: [paths.channel, paths.qmp] };
  return ctx.effect("kill", args, async () => {
    await Promise.all([emptyLog(paths.log), emptyLog(paths.console)]);
    const process = await host.start(argv, { marker, logPath: paths.log, cwd: "/" });
    await untilUp(host, process, paths, ctx.signal);
    return {
      process: { ...process },
      channel: { kind: "unix" as const, path: paths.channel },
      accel,
      why: accel === "tcg" ? "no usable KVM here" : "",
      logPath: paths.log,
      consolePath: paths.console,
    };
  });
}

/**
 * Resolves when QEMU has set everything up: it greets on its control socket once its main loop runs. The guest runs by then, so nothing is
 * lost by waiting for it, and what is wrong with the machine shows here and not as a guest that never answers.
 */
async function untilUp(host: Host, process: ProcessIdentity, paths: QemuPaths, cancel: AbortSignal): Promise<void> {
  const over = new AbortController();
  const late = AbortSignal.timeout(startTimeoutMs);
  const signal = AbortSignal.any([cancel, late, over.signal]);
  const died = host.waitExit(process, signal).then(() => "died" as const);
  const greeted = greeting(paths.qmp, signal);
  // Only the one that settles first counts.
  for (const loser of [died, greeted]) loser.catch(() => {});
  try {
    if ((await Promise.race([died, greeted.catch(() => died)])) !== "died") return;
  } catch (thrown) {
    if (cancel.aborted || !late.aborted) throw thrown;
    throw new BangerError("VMM_FAILED", `QEMU did not get ready within ${startTimeoutMs / 1000} s`, {
      hint: `its log: ${paths.log}`,
    });
  } finally {
    over.abort();
  }
  const lines = await lastLines(paths.log, 5);
  const last = lines.at(-1)?.replace(/^qemu-system-x86_64: /, "");
  throw new BangerError("VMM_FAILED", `QEMU ended before the guest began${last === undefined ? "" : `: ${last}`}`, {
    detail: lines.slice(0, -1),
    hint: `its log: ${paths.log}`,
  });
}

async function greeting(socket: string, signal: AbortSignal): Promise<"up"> {
  let changed = Promise.withResolvers<void>();
  const notice = (): void => changed.resolve();
  const watcher = watch(dirname(socket), notice);
  signal.addEventListener("abort", notice, { once: true });
  try {
    for (;;) {
      // Renewed before the attempt, so that a change meanwhile is not missed.
      changed = Promise.withResolvers();
      try {
        (await Qmp.open(socket, { signal })).close();
        return "up";
      } catch (thrown) {
        signal.throwIfAborted();
        const { code } = thrown as NodeJS.ErrnoException;
        if (code === "ECONNREFUSED") await sleep(refusedMs);
        else if (code === "ENOENT") await changed.promise;
        else throw thrown;
      }
    }
  } finally {
    watcher.close();
    signal.removeEventListener("abort", notice);
  }
}
