import { asBangerError, BangerError } from "../core/api/errors.ts";
import { blame } from "../core/engine/blame.ts";
import type { VmStats } from "../rpc/protocol.ts";
import type { Api } from "./api.ts";
import { askAll } from "./participation.ts";

/** What a running VM uses, seen from the host and from inside. A guest that does not answer leaves its half null. */
export async function vmStats(api: Api, reference: string, signal: AbortSignal): Promise<VmStats> {
  const { vm, live } = api.vms.running(reference);
  const { cast, running } = live;
  const process = api.processStats(running.process);
  const answering = await live.guest(signal).catch(() => null);
  const driver = cast.vmm.participant;
  const [diskUsedBytes, guest, vmm, told] = await Promise.all([
    api.diskUsage(api.placesOf(vm).stateDir),
    answering?.health().catch(() => null) ?? null,
    blame(cast.vmm.key, "stats", async () => (await driver.stats?.(api.contexts.host, running)) ?? null).catch(
      asBangerError,
    ),
    askAll(api.contexts, cast, "stats", () => api.vms.about(vm, live, answering, signal)),
  ]);
  const silent = vmm instanceof BangerError;
  return {
    name: vm.name,
    uptimeMs: vm.startedAt === null ? 0 : Date.now() - vm.startedAt,
    cpuMs: process?.cpuMs ?? 0,
    memoryPssBytes: process?.memoryBytes ?? 0,
    memoryMiB: vm.spec.memoryMiB,
    diskUsedBytes,
    guest,
    vmm: silent ? null : vmm,
    capabilities: told.capabilities,
    problems: [...(silent ? [vmm.message] : []), ...told.problems],
  };
}
