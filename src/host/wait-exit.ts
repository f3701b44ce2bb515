import { closeSync } from "node:fs";
import type { ProcessIdentity } from "../core/api/host.ts";
import { openPidfd } from "./pidfd.ts";
import { isAlive } from "./proc.ts";

/** How often to look where the event loop gives a descriptor back too early, in milliseconds. */
const lookMs = 250;

/**
 * Resolves when that process has ended, whose child it is; rejects with the signal's reason.
 *
 * Bun's event loop polls the descriptors of sockets, and any that poll(2) takes will do: a pidfd becomes readable when its process
 * ends, the loop then tries to read it, fails (it is no socket) and closes it. No thread and no timer is involved.
 */
export async function waitExit(process: ProcessIdentity, signal?: AbortSignal): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    const fd = openPidfd(process.pid);
    if (fd === null) return;
    if (!isAlive(process)) return closeSync(fd);
    await readable(fd, signal);
    // Once more only if the loop closed it for another reason.
    if (!isAlive(process)) return;
    await Bun.sleep(lookMs);
  }
}

/** Resolves when the event loop has closed the descriptor; rejects, having closed it, when the signal comes first. */
function readable(fd: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    let socket: Bun.Socket | undefined;
    const onAbort = (): void => {
      reject(signal!.reason as Error);
      socket?.terminate();
    };
    const onClose = (): void => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    };
    const handlers = {
      open: (opened: Bun.Socket) => void (socket = opened),
      data: () => {},
      close: onClose,
      error: () => {},
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    Bun.connect({ fd, socket: handlers } as unknown as Bun.UnixSocketOptions).catch(() => {
      closeSync(fd);
      onClose();
    });
  });
}
