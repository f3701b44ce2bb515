/** How often each statement, function and branch of a file ran, in the order of its map. */
export interface Counts {
  /** Of the map that they belong to. */
  readonly hash: string;
  readonly s: readonly number[];
  readonly f: readonly number[];
  readonly b: readonly (readonly number[])[];
}

/** By path, relative to the repository. */
export type CountsByPath = Readonly<Record<string, Counts>>;

interface Global {
  __coverage__?: Record<string, { hash: string; s: object; f: object; b: object }>;
}

/** What this process has counted so far: the counts without the maps, which are the larger part by far. */
export function countsOfThisProcess(): CountsByPath {
  const files = Object.entries((globalThis as Global).__coverage__ ?? {});
  return Object.fromEntries(
    files.map(([path, { hash, s, f, b }]) => [
      path,
      { hash, s: Object.values(s), f: Object.values(f), b: Object.values(b) },
    ]),
  );
}

/** Both belong to the same map. */
export function add(one: Counts, other: Counts): Counts {
  return {
    hash: one.hash,
    s: addEach(one.s, other.s),
    f: addEach(one.f, other.f),
    b: one.b.map((branches, index) => addEach(branches, other.b[index] ?? [])),
  };
}

function addEach(one: readonly number[], other: readonly number[]): number[] {
  return one.map((count, index) => count + (other[index] ?? 0));
}
