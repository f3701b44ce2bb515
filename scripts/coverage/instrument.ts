import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { FileCoverageData } from "istanbul-lib-coverage";
import { createInstrumenter } from "istanbul-lib-instrument";

const repository = join(import.meta.dir, "../..");

export interface Instrumented {
  /** TypeScript that counts what it runs in `globalThis.__coverage__[path]`. */
  readonly code: string;
  /** Changes with every change of what is counted. */
  readonly hash: string;
  /** What is counted, and where it stands in the source; all counts are 0. */
  readonly data: FileCoverageData;
}

/**
 * The source itself is instrumented, types and all: after transpiling the lines would be others.
 * @param path the name under which the file's counts are kept
 */
export function instrument(text: string, path: string): Instrumented {
  const instrumenter = createInstrumenter({
    esModules: true,
    coverageGlobalScope: "globalThis",
    coverageGlobalScopeFunc: false,
    parserPlugins: ["typescript", "importMeta", "explicitResourceManagement", "importAttributes"],
  });
  const code = instrumenter.instrumentSync(text, path);
  const hash = /\bhash="([0-9a-f]{40})"/.exec(code)?.[1];
  if (hash === undefined) throw new Error(`${path}: the instrumented code does not tell its hash`);
  return { code, hash, data: instrumenter.lastFileCoverage() };
}

export interface Instrumenting {
  /** Below it is `src/`, which is what is measured, its tests excepted. Default: the repository. */
  readonly root?: string;
  /** A program's first file, relative to root: it will write its counts as it ends (recorder.ts). */
  readonly entry?: string;
  /** Is told each file as it is loaded; paths are relative to root. */
  readonly seen?: (path: string, made: Instrumented) => void;
}

/** For Bun.build and for Bun.plugin alike, so that both count the same. */
export function instrumenting({ root = repository, entry, seen }: Instrumenting = {}): Bun.BunPlugin {
  const recorder = `import ${JSON.stringify(join(import.meta.dir, "recorder.ts"))};`;
  return {
    name: "coverage",
    setup(build) {
      const measured = new RegExp(`^${RegExp.escape(join(root, "src"))}/(?!.*\\.test\\.ts$).*\\.ts$`);
      build.onLoad({ filter: measured }, ({ path }) => {
        const name = relative(root, path);
        const made = instrument(readFileSync(path, "utf8"), name);
        seen?.(name, made);
        return { contents: name === entry ? `${recorder}${made.code}` : made.code, loader: "ts" };
      });
    },
  };
}
