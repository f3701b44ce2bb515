import { readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dir, "../..");

export interface Source {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every TypeScript file below a folder of the repository, sorted by path; [] where there is no such folder. */
export function sourceFiles(folder: string): Source[] {
  return [...new Bun.Glob(`${folder}/**/*.{ts,mjs}`).scanSync({ cwd: root })]
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}
