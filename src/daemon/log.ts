import { appendFileSync } from "node:fs";
import { logLevels, type LogLevel } from "../core/config/config.ts";
import type { Log } from "./operations.ts";

/** A log that writes one line an entry through `write`: time, level, message, fields as JSON. Below `level` nothing is written. */
export function createLog(level: LogLevel, write: (line: string) => void, now: () => number = Date.now): Log {
  const most = logLevels.indexOf(level);
  return (at, message, fields) => {
    if (logLevels.indexOf(at) > most) return;
    const more = fields === undefined ? "" : ` ${JSON.stringify(fields)}`;
    write(`${new Date(now()).toISOString()} ${at.padEnd(5)} ${message.replaceAll("\n", " ")}${more}\n`);
  };
}

/** Appends to a file that exists already with mode 0600; a full disk loses the line, not the daemon. */
export function fileWriter(path: string): (line: string) => void {
  return (line) => {
    try {
      appendFileSync(path, line, { mode: 0o600 });
    } catch {
      // There is nowhere left to say it.
    }
  };
}
