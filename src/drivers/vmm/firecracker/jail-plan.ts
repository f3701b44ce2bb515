import type { Machine } from "../../../core/api/drivers.ts";
import type { VmView } from "../../../core/api/participant.ts";
import type { JailFile } from "../../../core/privileged/jail.ts";
import { dmNode } from "../../../core/privileged/storage.ts";
import type { FirecrackerPaths } from "./paths.ts";

export interface JailPlan {
  /** The machine as the jailed Firecracker sees it. */
  readonly machine: Machine;
  readonly files: readonly JailFile[];
}

type Places = Pick<VmView, "id" | "stateDir" | "runtimeDir">;

/** What a machine needs in its jail, and its paths there. Returns the path that no jail may have, where there is one. Pure. */
export function planJail(
  vm: Places,
  machine: Machine,
  { log, metrics }: Pick<FirecrackerPaths, "log" | "metrics">,
): JailPlan | string {
  const wanted = [
    { name: "vmlinux", path: machine.vmlinux, write: false },
    { name: "initrd", path: machine.initrd, write: false },
    { name: "vmm.log", path: log, write: true },
    { name: "metrics.log", path: metrics, write: true },
    ...machine.drives.map(({ id, path, readonly }) => ({ name: `drive-${id}`, path, write: !readonly })),
  ];
  const files: JailFile[] = [];
  for (const { name, path, write } of wanted) {
    const from = sourceOf(vm, path);
    if (from === null) return path;
    files.push({ name, from, write });
  }
  const drives = machine.drives.map((drive) => ({ ...drive, path: `/drive-${drive.id}` }));
  return { files, machine: { ...machine, vmlinux: "/vmlinux", initrd: "/initrd", drives } };
}

/** A path as jail.create names it; null for one that it would not take. Pure. */
function sourceOf({ id, stateDir, runtimeDir }: Places, path: string): string | null {
  if (path === dmNode(id)) return "disk";
  const inRun = below(runtimeDir, path);
  if (inRun !== null) return `run/${inRun}`;
  // The VM's directory is `vms/ID` in the owner's.
  return below(stateDir.slice(0, -`/vms/${id}`.length), path);
}

function below(folder: string, path: string): string | null {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : null;
}
