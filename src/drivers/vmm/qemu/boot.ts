import type { Machine, RunningVmm } from "../../../core/api/drivers.ts";
import { BangerError } from "../../../core/api/errors.ts";
import type { Ctx } from "../../../core/api/participant.ts";
import type { KillArgs } from "../kill.ts";
import { emptyLog } from "../log.ts";
import { untilUp } from "../until-up.ts";
import { qemuArgv } from "./argv.ts";
import type { QemuConfig } from "./config.ts";
import { qemuPaths } from "./paths.ts";
import type { QemuProbe } from "./probe.ts";
import { Qmp } from "./qmp.ts";

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
    // It greets on its control socket once its main loop runs. The guest runs by then, so nothing is lost by waiting for it, and what is
    // wrong with the machine shows here and not as a guest that never answers.
    const { qmp, log } = paths;
    await untilUp({ name: "QEMU", host, process, socket: qmp, log, cancel: ctx.signal }, async (signal) =>
      (await Qmp.open(qmp, { signal })).close(),
    );
    return {
      process: { ...process },
      channel: { kind: "unix" as const, path: paths.channel },
      accel,
      why: accel === "tcg" ? "no usable KVM here" : (machine.why ?? ""),
      logPath: paths.log,
      consolePath: paths.console,
    };
  });
}
