import { dirname } from "node:path";
import type { RunningVmm } from "../../../core/api/drivers.ts";
import type { VmView } from "../../../core/api/participant.ts";
import { socketPath } from "../socket-path.ts";

/** The files of one run of Firecracker. */
export interface FirecrackerPaths {
  /** Unix socket: Firecracker's API. */
  readonly api: string;
  /** Unix socket: the host's end of the guest's vsock. */
  readonly vsock: string;
  /** What Firecracker itself says. */
  readonly log: string;
  /** What the guest's kernel and init say. */
  readonly console: string;
  /** Counters, one object of JSON a line. */
  readonly metrics: string;
}

/** Sockets are gone with the host's power, logs outlive the run. Pure; throws SOCKET_PATH. */
export function firecrackerPaths({ runtimeDir, stateDir }: Pick<VmView, "runtimeDir" | "stateDir">): FirecrackerPaths {
  return {
    api: socketPath(`${runtimeDir}/api.sock`),
    vsock: socketPath(`${runtimeDir}/vsock.sock`),
    log: `${stateDir}/vmm.log`,
    console: `${stateDir}/console.log`,
    metrics: `${stateDir}/metrics.log`,
  };
}

/** Those of a run, by what the journal tells of it. Pure. */
export function pathsOf({ channel, logPath }: Pick<RunningVmm, "channel" | "logPath">): FirecrackerPaths {
  return firecrackerPaths({ runtimeDir: dirname(channel.path), stateDir: dirname(logPath) });
}
