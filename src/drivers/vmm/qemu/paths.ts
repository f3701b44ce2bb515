import type { VmView } from "../../../core/api/participant.ts";
import { socketPath } from "../socket-path.ts";

/** The files of one run of QEMU. */
export interface QemuPaths {
  /** Unix socket: the byte stream to the guest's agent. */
  readonly channel: string;
  /** Unix socket: QEMU's own control protocol. */
  readonly qmp: string;
  /** What QEMU itself says. */
  readonly log: string;
  /** What the guest's kernel and init say. */
  readonly console: string;
}

/** Sockets are gone with the host's power, logs outlive the run. Pure; throws SOCKET_PATH. */
export function qemuPaths({ runtimeDir, stateDir }: Pick<VmView, "runtimeDir" | "stateDir">): QemuPaths {
  return {
    channel: socketPath(`${runtimeDir}/agent.sock`),
    qmp: socketPath(qmpSocket(runtimeDir)),
    log: `${stateDir}/vmm.log`,
    console: `${stateDir}/console.log`,
  };
}

/** Pure. */
export function qmpSocket(runtimeDir: string): string {
  return `${runtimeDir}/qmp.sock`;
}
