import { readdirSync } from "node:fs";
import { BangerError } from "../core/api/errors.ts";
import type { ProcessIdentity } from "../core/api/host.ts";
import { isAlive, readCommandLine, readProc, readStat } from "./proc.ts";

/** Every other process of this user whose command line contains the marker, byte for byte. */
export function findProcesses(marker: string): readonly ProcessIdentity[] {
  if (marker === "")
    throw new BangerError(
      "INTERNAL",
      "a search for processes needs a marker: every command line contains the empty one",
    );
  const wanted = Buffer.from(marker);
  const found: ProcessIdentity[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    if (readCommandLine(pid)?.includes(wanted) !== true || effectiveUser(pid) !== process.geteuid!()) continue;
    const startTime = readStat(pid)?.startTime;
    // Read again with the start time known: the number may have passed to another process in between.
    const identity = startTime === undefined ? null : { pid, startTime, marker };
    if (identity !== null && isAlive(identity)) found.push(identity);
  }
  return found;
}

function effectiveUser(pid: number): number | null {
  const line = /^Uid:\t\d+\t(\d+)/m.exec(readProc(`${pid}/status`)?.toString("latin1") ?? "");
  return line === null ? null : Number(line[1]);
}
