import { jailBase, jailSockets } from "../../../core/privileged/jail.ts";
import { cgroupOf } from "./cgroup.ts";
import type { JailRecord } from "./place.ts";

/**
 * The jailer's command line. It becomes Firecracker itself, so the process keeps its id: in a pid namespace of its own it would be a child
 * with another. Pure.
 */
export function jailerArgv(
  vm: string,
  { uid, jailer, firecracker }: Omit<JailRecord, "bootId">,
): [string, ...string[]] {
  return [
    ...([jailer, "--id", vm] as const),
    ...["--exec-file", firecracker, "--uid", String(uid), "--gid", String(uid)],
    ...["--chroot-base-dir", `${jailBase}/${vm}`],
    // Without limits of its own to set it only enters the cgroup.
    ...["--cgroup-version", "2", "--parent-cgroup", cgroupOf(vm)],
    "--",
    ...["--api-sock", `${jailSockets}/api.sock`],
    ...["--log-path", "/vmm.log", "--level", "Warning", "--show-level", "--metrics-path", "/metrics.log"],
  ];
}
