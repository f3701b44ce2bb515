import { watch } from "node:fs";
import { open } from "node:fs/promises";

/** The bytes of a file and, to follow it, those that are appended; begins anew when the file is cut. Never ends then. */
export async function* followFile(path: string, follow: boolean): AsyncGenerator<Uint8Array, void, void> {
  const file = await open(path, "r");
  let changed = Promise.withResolvers<void>();
  // Bun leaves out a change within a millisecond of another: each is followed by a second look.
  const notice = (): void => {
    changed.resolve();
    setTimeout(() => changed.resolve(), 10);
  };
  const watcher = follow ? watch(path, notice) : null;
  try {
    const buffer = new Uint8Array(1 << 16);
    for (let at = 0; ;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      at += bytesRead;
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
      else if (watcher === null) return;
      else {
        await changed.promise;
        changed = Promise.withResolvers<void>();
        if ((await file.stat()).size < at) at = 0;
      }
    }
  } finally {
    watcher?.close();
    await file.close();
  }
}
