import type { VmStats } from "../rpc/protocol.ts";
import type { Api } from "./api.ts";

/** What a running VM uses, seen from the host and from inside. A guest that does not answer leaves its half null. */
export async function vmStats(api: Api, reference: string, signal: AbortSignal): Promise<VmStats> {
  const { vm, live } = api.vms.running(reference);
  const process = api.processStats(live.running.process);
  const [diskUsedBytes, guest] = await Promise.all([
    api.diskUsage(api.placesOf(vm).stateDir),
    live
      .guest(signal)
      .then((answering) => answering.health())
      .catch(() => null),
  ]);
  return {
    name: vm.name,
    uptimeMs: vm.startedAt === null ? 0 : Date.now() - vm.startedAt,
    cpuMs: process?.cpuMs ?? 0,
    memoryPssBytes: process?.memoryBytes ?? 0,
    memoryMiB: vm.spec.memoryMiB,
    diskUsedBytes,
    guest,
  };
}
