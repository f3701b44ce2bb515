import { closeSync } from "node:fs";
import { constants } from "node:os";
import type { ProcessIdentity } from "../core/api/host.ts";
import { openPidfd, signalPidfd } from "./pidfd.ts";
import { isAlive } from "./proc.ts";

/** Signals exactly that process: the descriptor is opened first, so that its number cannot pass on after the check. */
export function signalProcess(process: ProcessIdentity, signal: NodeJS.Signals): void {
  const fd = openPidfd(process.pid);
  if (fd === null) return;
  try {
    if (isAlive(process)) signalPidfd(fd, constants.signals[signal]);
  } finally {
    closeSync(fd);
  }
}
