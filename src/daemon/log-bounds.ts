import { statSync, truncateSync } from "node:fs";

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
  // Without promises: it happens for each of many files, for ever, and each look takes microseconds.
  const look = (path: string): void => {
    try {
      const { size, blocks } = statSync(path);
      if (Math.min(size, blocks * blockBytes) > maxBytes) truncateSync(path);
    } catch {
      // A VM that has not written yet, or is gone, has none.
    }
  };
  const timer = setInterval(() => paths().forEach(look), everyMs);
  return () => clearInterval(timer);
}
