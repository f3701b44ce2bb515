import { readFileSync } from "node:fs";
import type { ProcessIdentity } from "../core/api/host.ts";

/** What /proc/PID/stat says of a process. */
export interface ProcessStat {
  /** One letter: `R` running, `Z` zombie … */
  readonly state: string;
  /** The dead first one counts as long as it is not reaped. */
  readonly threads: number;
  /** Of the user and the kernel, in clock ticks. */
  readonly cpuTicks: number;
  /** In clock ticks since boot. */
  readonly startTime: number;
}

/** Pure. The program's name, which comes second, may hold spaces and parentheses. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const at = (field: number): number => Number(fields[field - 3]);
  return { state: fields[0] ?? "", cpuTicks: at(14) + at(15), threads: at(20), startTime: at(22) };
}

/**
 * null when there is no such process, or it is dead and only not reaped yet. A process whose first thread is dead while others still
 * end holds its files and locks: it counts as alive.
 */
export function readStat(pid: number): ProcessStat | null {
  const text = readProc(`${pid}/stat`);
  if (text === null) return null;
  const stat = parseStat(text.toString("latin1"));
  return (stat.state === "Z" || stat.state === "X") && stat.threads <= 1 ? null : stat;
}

/** The start time of a process, of a dead one too as long as it is not reaped. */
export function readStartTime(pid: number): number | null {
  const text = readProc(`${pid}/stat`);
  return text === null ? null : parseStat(text.toString("latin1")).startTime;
}

/** The arguments, each ended by a NUL; empty for a process that begins or ends. */
export function readCommandLine(pid: number): Buffer | null {
  return readProc(`${pid}/cmdline`);
}

/** Whether exactly that process lives: a zombie is dead, and so is whatever has its number but not its start time and marker. */
export function isAlive({ pid, startTime, marker }: ProcessIdentity): boolean {
  const stat = readStat(pid);
  if (stat === null || stat.startTime !== startTime) return false;
  if (marker === "") return true;
  const line = readCommandLine(pid);
  // It has no arguments while it begins (its parent may go on before exec has set them) and while it ends.
  return line !== null && (line.length === 0 || line.includes(marker));
}

/** null where the file or the process is gone, also in the middle of reading. */
export function readProc(path: string): Buffer | null {
  try {
    return readFileSync(`/proc/${path}`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH" || code === "EACCES" || code === "EPERM") return null;
    throw error;
  }
}

/** Of this process; see Host.self. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startTime: readStartTime(process.pid)!, marker: "" };
}
