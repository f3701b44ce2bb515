import type { RecordedEffect, RunningVmm } from "../../core/api/drivers.ts";
import type { Host, ProcessIdentity } from "../../core/api/host.ts";
import type { Json, JsonObject } from "../../core/api/json.ts";
import type { UndoCtx } from "../../core/api/participant.ts";

/** A killed process is gone at once unless the kernel writes its pages out or the host is stuck; in ms. */
const killTimeoutMs = 30_000;

/** What is journaled before a VMM is started. */
export type KillArgs = { readonly marker: string; readonly sockets: readonly string[] };

/** Undo of `kill`: the process of that run ends and its sockets go. Which process it is the result tells, or else the marker. */
export async function killVmm({ host, result }: Pick<UndoCtx, "host" | "result">, args: JsonObject): Promise<void> {
  const { marker, sockets } = args as KillArgs;
  const known = runningOf(result);
  const processes = known === null ? await host.findProcesses(marker) : [known.process];
  await Promise.all(processes.map(async (process) => endProcess(host, process)));
  for (const socket of sockets) await host.remove(socket);
}

/** Kills that very process; gone already is fine. Resolves when it has ended. */
export async function endProcess(host: Host, process: ProcessIdentity): Promise<void> {
  await host.signal(process, "SIGKILL");
  await host.waitExit(process, AbortSignal.timeout(killTimeoutMs));
}

/** See VmmDriver.adopt. */
export async function adoptVmm(host: Host, effects: readonly RecordedEffect[]): Promise<RunningVmm | null> {
  const running = runningOf(effects.findLast(({ undo, done }) => undo === "kill" && done)?.result ?? null);
  return running !== null && (await host.isAlive(running.process)) ? running : null;
}

function runningOf(result: Json): RunningVmm | null {
  return result as unknown as RunningVmm | null;
}
