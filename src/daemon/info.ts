import type { RunningVmm } from "../core/api/drivers.ts";
import type { Cast } from "../core/engine/boot.ts";
import type { VmRecord } from "../core/model/vm.ts";
import type { VmInfo } from "../rpc/protocol.ts";
import type { LiveVm } from "./live.ts";

/** A VM as the API shows it. Pure. */
export function vmInfo(vm: VmRecord, live: LiveVm | null, address: string | null): VmInfo {
  const { spec } = vm;
  const running = vm.state === "running" ? live : null;
  return {
    id: vm.id,
    name: vm.name,
    state: vm.state,
    stateReason: vm.stateReason,
    image: spec.image,
    kernel: spec.kernel,
    vcpu: spec.vcpu,
    memoryMiB: spec.memoryMiB,
    diskBytes: spec.diskBytes,
    vmm: running?.cast.vmm.participant.name ?? spec.vmm,
    accel: running?.running.accel ?? null,
    vmmReason: running?.running.why ?? "",
    jail: jailText(running?.running.jail),
    network: spec.network,
    storage: spec.storage,
    address: running === null ? null : address,
    env: spec.env,
    workdir: spec.workdir ?? null,
    ephemeral: spec.ephemeral,
    pid: running?.running.process.pid ?? null,
    bootId: running?.bootId ?? null,
    createdAt: time(vm.createdAt),
    startedAt: vm.startedAt === null ? null : time(vm.startedAt),
    stoppedAt: vm.stoppedAt === null ? null : time(vm.stoppedAt),
  };
}

/** How a VM runs, for the line that says that it has started. Pure. */
export function startText(cast: Cast, running: RunningVmm): string {
  const how = running.accel === "kvm" ? "kvm" : `emulated${running.why && `: ${running.why} (banger doctor)`}`;
  return `${cast.vmm.participant.name}, ${how}`;
}

function jailText(jail: RunningVmm["jail"]): string {
  if (jail === undefined) return "";
  return "uid" in jail ? `user id ${jail.uid}` : `none: ${jail.why}`;
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
