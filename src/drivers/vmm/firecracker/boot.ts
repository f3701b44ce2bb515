import type { Machine, RunningVmm } from "../../../core/api/drivers.ts";
import { BangerError } from "../../../core/api/errors.ts";
import type { ProcessIdentity } from "../../../core/api/host.ts";
import type { JsonObject } from "../../../core/api/json.ts";
import type { Ctx } from "../../../core/api/participant.ts";
import { endProcess, type KillArgs } from "../kill.ts";
import { emptyLog } from "../log.ts";
import { untilUp } from "../until-up.ts";
import { call } from "./api.ts";
import { firecrackerArgv, namespaceOf } from "./argv.ts";
import type { FirecrackerConfig } from "./config.ts";
import { inJail, jailFor } from "./jail.ts";
import { firecrackerPaths, type FirecrackerPaths } from "./paths.ts";
import type { FirecrackerProbe } from "./probe.ts";
import { agentPort, bootRequests, instanceInfo } from "./requests.ts";

/** A way to run Firecracker: with the owner's rights, or in a jail. */
export interface Way {
  /** The host's names of its files. */
  readonly paths: FirecrackerPaths;
  /** The machine and its vsock as Firecracker itself sees them. */
  readonly machine: Machine;
  readonly vsock: string;
  /** Of the effect `kill`. */
  readonly args: JsonObject;
  readonly jail?: NonNullable<RunningVmm["jail"]>;
  start(): Promise<ProcessIdentity>;
  end(process: ProcessIdentity): Promise<void>;
}

/** See VmmDriver.boot. */
export async function bootFirecracker(
  ctx: Ctx<FirecrackerConfig>,
  machine: Machine,
  probe: FirecrackerProbe,
): Promise<RunningVmm> {
  const { host, config, signal } = ctx;
  const { usable, binary, reason } = await probe.probe(host, config);
  if (!usable || binary === null) {
    throw new BangerError("VMM_UNUSABLE", `Firecracker cannot boot a guest here: ${reason}`, {
      hint: "banger doctor says what is missing",
    });
  }
  const jail = await jailFor(ctx, machine, binary, probe);
  const way = typeof jail === "string" ? await bare(ctx, machine, binary, jail) : await inJail(ctx, machine, jail);
  const { paths } = way;
  return ctx.effect("kill", way.args, async () => {
    const process = await way.start();
    try {
      const starting = { name: "Firecracker", host, process, socket: paths.api, log: paths.console, cancel: signal };
      await untilUp(starting, (signal) => call(paths.api, instanceInfo, signal));
      for (const request of bootRequests(way.machine, way)) await call(paths.api, request, signal);
    } catch (thrown) {
      // A machine that was refused does not end Firecracker.
      await way.end(process);
      throw thrown;
    }
    return {
      process: { ...process },
      channel: { kind: "vsock" as const, path: paths.vsock, port: agentPort },
      accel: "kvm" as const,
      why: machine.why ?? "",
      logPath: paths.log,
      consolePath: paths.console,
      ...(way.jail !== undefined && { jail: way.jail }),
    };
  });
}

async function bare(ctx: Ctx, machine: Machine, binary: string, unjailed: string): Promise<Way> {
  const { vm, host } = ctx;
  const paths = firecrackerPaths(vm);
  const marker = crypto.randomUUID();
  const namespace = namespaceOf(machine.nics);
  if (namespace !== null && !(await host.isAlive(namespace)))
    throw new BangerError("VMM_FAILED", `the network namespace of ${vm.name} is gone`);
  const argv = firecrackerArgv({ binary, marker, paths, namespace });
  return {
    paths,
    machine,
    vsock: paths.vsock,
    args: { marker, sockets: [paths.api, paths.vsock] } satisfies KillArgs,
    ...(unjailed !== "" && { jail: { why: unjailed } }),
    async start() {
      await Promise.all([paths.log, paths.console, paths.metrics].map(emptyLog));
      return host.start(argv, { marker, logPath: paths.console, cwd: "/" });
    },
    end: (process) => endProcess(host, process),
  };
}
