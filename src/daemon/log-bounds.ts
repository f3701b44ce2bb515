import { stat, truncate } from "node:fs/promises";

export interface Bounds {
  /** At which a log begins anew. */
  readonly maxBytes: number;
  readonly everyMs: number;
}

const preset: Bounds = { maxBytes: 16 << 20, everyMs: 2000 };

/** Of stat(2), in bytes. */
const blockBytes = 512;

/**
 * Looks at logs again and again: one that takes too much room is emptied: what a guest says on its console must not fill the host's disk.
 * Who writes it appends, or goes on where he was and leaves a hole before that, which takes no room. Returns what ends it.
 */
export function boundLogs(paths: () => readonly string[], { maxBytes, everyMs }: Bounds = preset): () => void {
  const look = async (path: string): Promise<void> => {
    const { size, blocks } = await stat(path);
    if (Math.min(size, blocks * blockBytes) > maxBytes) await truncate(path);
  };
  // A VM that has not written yet, or is gone, has none.
  const timer = setInterval(() => void Promise.allSettled(paths().map(look)), everyMs);
  return () => clearInterval(timer);
}
