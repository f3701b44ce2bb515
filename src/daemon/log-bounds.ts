import { stat, truncate } from "node:fs/promises";

export interface Bounds {
  /** At which a log begins anew. */
  readonly maxBytes: number;
  readonly everyMs: number;
}

const preset: Bounds = { maxBytes: 16 << 20, everyMs: 2000 };

/**
 * Looks at logs again and again: one that is too long is emptied. Whoever writes it appends, as QEMU does what a guest says on its console,
 * which must not fill the host's disk. Returns what ends it.
 */
export function boundLogs(paths: () => readonly string[], { maxBytes, everyMs }: Bounds = preset): () => void {
  const look = async (path: string): Promise<void> => {
    if ((await stat(path)).size > maxBytes) await truncate(path);
  };
  // A VM that has not written yet, or is gone, has none.
  const timer = setInterval(() => void Promise.allSettled(paths().map(look)), everyMs);
  return () => clearInterval(timer);
}
