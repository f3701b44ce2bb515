import type { Machine, RunningVmm } from "../../../core/api/drivers.ts";
import { BangerError } from "../../../core/api/errors.ts";
import type { Ctx } from "../../../core/api/participant.ts";
import { endProcess, type KillArgs } from "../kill.ts";
import { emptyLog } from "../log.ts";
import { untilUp } from "../until-up.ts";
import { call } from "./api.ts";
import { firecrackerArgv, namespaceOf } from "./argv.ts";
import type { FirecrackerConfig } from "./config.ts";
import { firecrackerPaths } from "./paths.ts";
import type { FirecrackerProbe } from "./probe.ts";
import { agentPort, bootRequests, instanceInfo } from "./requests.ts";

/** See VmmDriver.boot. */
export async function bootFirecracker(
  ctx: Ctx<FirecrackerConfig>,
  machine: Machine,
  probe: FirecrackerProbe,
): Promise<RunningVmm> {
  const { vm, host, config, signal } = ctx;
  const { usable, binary, reason } = await probe.probe(host, config);
  if (!usable || binary === null) {
    throw new BangerError("VMM_UNUSABLE", `Firecracker cannot boot a guest here: ${reason}`, {
      hint: "banger doctor says what is missing",
    });
  }
  const paths = firecrackerPaths(vm);
  const marker = crypto.randomUUID();
  const namespace = namespaceOf(machine.nics);
  if (namespace !== null && !(await host.isAlive(namespace)))
    throw new BangerError("VMM_FAILED", `the network namespace of ${vm.name} is gone`);
  const argv = firecrackerArgv({ binary, marker, paths, namespace });
  const args: KillArgs = { marker, sockets: [paths.api, paths.vsock] };
  return ctx.effect("kill", args, async () => {
    await Promise.all([paths.log, paths.console, paths.metrics].map(emptyLog));
    const process = await host.start(argv, { marker, logPath: paths.console, cwd: "/" });
    try {
      const starting = { name: "Firecracker", host, process, socket: paths.api, log: paths.console, cancel: signal };
      await untilUp(starting, (signal) => call(paths.api, instanceInfo, signal));
      for (const request of bootRequests(machine, paths)) await call(paths.api, request, signal);
    } catch (thrown) {
      // A machine that was refused does not end Firecracker.
      await endProcess(host, process);
      throw thrown;
    }
    return {
      process: { ...process },
      channel: { kind: "vsock" as const, path: paths.vsock, port: agentPort },
      accel: "kvm" as const,
      why: "",
      logPath: paths.log,
      consolePath: paths.console,
    };
  });
}
