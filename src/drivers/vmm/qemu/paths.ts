import { BangerError } from "../../../core/api/errors.ts";
import type { VmView } from "../../../core/api/participant.ts";

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

/** Of sun_path, without the NUL at its end. */
const maxSocketBytes = 107;

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

function socketPath(path: string): string {
  const bytes = new TextEncoder().encode(path).length;
  if (bytes <= maxSocketBytes) return path;
  throw new BangerError(
    "SOCKET_PATH",
    `the socket path ${path} is ${bytes} bytes long, ${maxSocketBytes} are allowed`,
    {
      hint: "set XDG_RUNTIME_DIR to a shorter directory",
    },
  );
}
