import { watch } from "node:fs";
import { open } from "node:fs/promises";
import { BangerError } from "../core/api/errors.ts";
import type { Streaming } from "../rpc/server.ts";

/** Sends a log file, and with `follow` what is appended until the client goes. A VM that never ran has none: that is an empty log. */
export async function streamLog(
  path: string,
  follow: boolean,
  start: () => Streaming,
  gone: AbortSignal,
): Promise<void> {
  const file = await open(path, "r").catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "ENOENT") return null;
    throw new BangerError("STATE_UNUSABLE", `cannot read ${path}: ${thrown.message}`);
  });
  const answer = start();
  if (file === null) {
    answer.end();
    return;
  }
  let changed = Promise.withResolvers<void>();
  // Bun leaves out a change within a millisecond of another: each is followed by a second look.
  const notice = (): void => {
    changed.resolve();
    setTimeout(() => changed.resolve(), 10);
  };
  const watcher = follow ? watch(path, notice) : null;
  const onGone = (): void => changed.resolve();
  gone.addEventListener("abort", onGone, { once: true });
  try {
    const buffer = Buffer.alloc(64 * 1024);
    for (let at = 0; !gone.aborted;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      at += bytesRead;
      if (bytesRead > 0) {
        await answer.write(new Uint8Array(buffer.subarray(0, bytesRead)));
        continue;
      }
      if (!follow) break;
      await changed.promise;
      changed = Promise.withResolvers();
      // Emptied: at a start, or because it had grown too long.
      if ((await file.stat()).size < at) at = 0;
    }
  } finally {
    watcher?.close();
    await file.close();
  }
  answer.end();
}
