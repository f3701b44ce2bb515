import type { ProcessIdentity } from "../core/api/host.ts";
import { isAlive, readCommandLine, readProc, readStat } from "./proc.ts";

/** How long a program may take to start its child, in milliseconds. */
const patienceMs = 60_000;

/** Between looks, each of which takes from the program that is waited for; in milliseconds. */
const lookMs = 5;

/** See Host.childOf. No event tells of somebody else's child. */
export async function childOf(parent: ProcessIdentity, program: string): Promise<ProcessIdentity | null> {
  const { pid, marker } = parent;
  for (const end = performance.now() + patienceMs; performance.now() < end; await Bun.sleep(lookMs)) {
    if (!isAlive(parent)) return null;
    const children = readProc(`${pid}/task/${pid}/children`)?.toString("latin1") ?? "";
    for (const child of children.split(" ").filter(Boolean).map(Number)) {
      if (readCommandLine(child)?.toString("latin1").startsWith(`${program}\0`) !== true) continue;
      const startTime = readStat(child)?.startTime;
      if (startTime !== undefined) return { pid: child, startTime, marker };
    }
  }
  return null;
}
