import type { ProcessIdentity } from "../core/api/host.ts";
import { readProc, readStat } from "./proc.ts";

export interface ProcessStats {
  /** Time on processors since its start, in milliseconds. */
  readonly cpuMs: number;
  /** Memory that is its own plus its share of what it has in common with others (PSS); of another user's process, all it has (RSS). */
  readonly memoryBytes: number;
}

/** Of a clock tick, as /proc counts time on x86-64. */
const tickMs = 10;

/** What a process uses; null when it is gone, or memory of it may not be looked at. */
export function processStats({ pid, startTime }: Pick<ProcessIdentity, "pid" | "startTime">): ProcessStats | null {
  const shared = readProc(`${pid}/smaps_rollup`);
  const memory =
    shared === null
      ? /^VmRSS:\s+(\d+) kB$/m.exec(readProc(`${pid}/status`)?.toString("latin1") ?? "")
      : /^Pss:\s+(\d+) kB$/m.exec(shared.toString("latin1"));
  const stat = readStat(pid);
  if (stat === null || stat.startTime !== startTime || memory === null) return null;
  return { cpuMs: stat.cpuTicks * tickMs, memoryBytes: Number(memory[1]) * 1024 };
}
