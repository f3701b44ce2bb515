import { watch } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BangerError } from "../../core/api/errors.ts";
import type { Host, ProcessIdentity } from "../../core/api/host.ts";
import { lastLines } from "./log.ts";

/** From the start of a VMM's process until it takes commands; in ms. It is 5 to 100 on an idle host. */
const startTimeoutMs = 30_000;
/** Between bind and listen a socket refuses; that takes microseconds. In ms. */
const refusedMs = 2;

export interface Starting {
  /** As errors call it. */
  readonly name: string;
  readonly host: Host;
  readonly process: ProcessIdentity;
  /** The VMM makes it and listens on it. */
  readonly socket: string;
  /** Where it says why it ended. */
  readonly log: string;
  readonly cancel: AbortSignal;
}

/**
 * Resolves with what `greet` gives once the VMM answers on its socket. `greet` connects and rejects with ENOENT or ECONNREFUSED while it
 * cannot. Throws VMM_FAILED when the process ends first, with its last words, or when it takes too long.
 */
export async function untilUp<T>(starting: Starting, greet: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { name, host, process, socket, log, cancel } = starting;
  const over = new AbortController();
  const late = AbortSignal.timeout(startTimeoutMs);
  const signal = AbortSignal.any([cancel, late, over.signal]);
  const died = host.waitExit(process, signal).then(() => null);
  const greeted = greeting(socket, signal, greet).then((value) => ({ value }));
  // Only the one that settles first counts.
  for (const loser of [died, greeted]) loser.catch(() => {});
  try {
    const up = await Promise.race([died, greeted.catch(() => died)]);
    if (up !== null) return up.value;
  } catch (thrown) {
    if (cancel.aborted || !late.aborted) throw thrown;
    throw new BangerError("VMM_FAILED", `${name} did not get ready within ${startTimeoutMs / 1000} s`, {
      hint: `its log: ${log}`,
    });
  } finally {
    over.abort();
  }
  const lines = await lastLines(log, 5);
  const last = lines.at(-1)?.replace(/^qemu-system-x86_64: /, "");
  throw new BangerError("VMM_FAILED", `${name} ended before the guest began${last === undefined ? "" : `: ${last}`}`, {
    detail: lines.slice(0, -1),
    hint: `its log: ${log}`,
  });
}

async function greeting<T>(
  socket: string,
  signal: AbortSignal,
  greet: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  let changed = Promise.withResolvers<void>();
  const notice = (): void => changed.resolve();
  const watcher = watch(dirname(socket), notice);
  signal.addEventListener("abort", notice, { once: true });
  try {
    for (;;) {
      // Renewed before the attempt, so that a change meanwhile is not missed.
      changed = Promise.withResolvers();
      try {
        return await greet(signal);
      } catch (thrown) {
        signal.throwIfAborted();
        const { code } = thrown as NodeJS.ErrnoException;
        if (code === "ECONNREFUSED") await sleep(refusedMs);
        else if (code === "ENOENT") await changed.promise;
        else throw thrown;
      }
    }
  } finally {
    watcher.close();
    signal.removeEventListener("abort", notice);
  }
}
