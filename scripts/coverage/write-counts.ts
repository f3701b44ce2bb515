import { countsOfThisProcess } from "./counts.ts";

/**
 * Writes what this process has counted to a file of its own, which appears whole; again, and it is replaced.
 * A program under test must not notice: it may run where nothing can be written, so failures are silent.
 */
export function countsWriter(folder: string): () => void {
  const path = `${folder}/${process.pid}-${crypto.randomUUID()}`;
  return () => {
    // Not above: what a short command loads at its start is what costs it time.
    const { renameSync, writeFileSync } = require("node:fs") as typeof import("node:fs");
    try {
      writeFileSync(`${path}.part`, JSON.stringify(countsOfThisProcess()), { mode: 0o644 });
      renameSync(`${path}.part`, `${path}.json`);
    } catch {}
  };
}
