import { createFileCoverage, type CoverageSummaryData, type FileCoverageData } from "istanbul-lib-coverage";
import { add, type Counts, type CountsByPath } from "./counts.ts";

/** What is counted in each file, by path; the counts in it are 0. */
export type Maps = Readonly<Record<string, { readonly hash: string; readonly data: FileCoverageData }>>;

/** How many there are, and how many of them ran. */
export interface Share {
  readonly covered: number;
  readonly total: number;
}

export type Figures = Readonly<Record<"lines" | "branches" | "functions", Share>>;

export interface FileFigures extends Figures {
  /** Lines with a statement that never ran. */
  readonly missed: readonly number[];
}

/** Sums, by path, of what fits the maps; `stale` are the paths with counts of other maps, made from other sources. */
export function merge(maps: Maps, all: Iterable<CountsByPath>): { counts: CountsByPath; stale: string[] } {
  const counts: Record<string, Counts> = {};
  const stale = new Set<string>();
  for (const each of all) {
    for (const [path, more] of Object.entries(each)) {
      // Files that only tests load are no part of the product.
      if (!(path in maps)) continue;
      const known = counts[path];
      if (more.hash !== maps[path]!.hash) stale.add(path);
      else counts[path] = known === undefined ? more : add(known, more);
    }
  }
  return { counts, stale: [...stale].sort() };
}

/** By path, for each file of the maps; one without counts has run nothing. */
export function fileFigures(maps: Maps, counts: CountsByPath): Map<string, FileFigures> {
  const entries = Object.entries(maps).map(([path, { data }]): [string, FileFigures] => {
    const file = createFileCoverage(counts[path] === undefined ? data : filled(data, counts[path]));
    return [path, { ...figuresOf(file.toSummary().data), missed: file.getUncoveredLines().map(Number) }];
  });
  return new Map(entries);
}

export function total(all: readonly Figures[]): Figures {
  const sum = (kind: keyof Figures): Share => ({
    covered: all.reduce((sum, figures) => sum + figures[kind].covered, 0),
    total: all.reduce((sum, figures) => sum + figures[kind].total, 0),
  });
  return { lines: sum("lines"), branches: sum("branches"), functions: sum("functions") };
}

function filled(data: FileCoverageData, { s, f, b }: Counts): FileCoverageData {
  return { ...data, s: keyed(data.s, s), f: keyed(data.f, f), b: keyed(data.b, b) };
}

/** The counts under the keys of the map. */
function keyed<T>(map: Readonly<Record<string, T>>, counts: readonly NoInfer<Readonly<T>>[]): Record<string, T> {
  return Object.fromEntries(Object.keys(map).map((key, index) => [key, counts[index] as T]));
}

function figuresOf({ lines, branches, functions }: CoverageSummaryData): Figures {
  const share = ({ covered, total }: Share): Share => ({ covered, total });
  return { lines: share(lines), branches: share(branches), functions: share(functions) };
}
