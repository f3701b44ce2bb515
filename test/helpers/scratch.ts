import { afterAll } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A private folder for the tests of one file, gone when they have run. */
export function scratchFolder(): string {
  const path = mkdtempSync(join(tmpdir(), "banger-test-"));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
