/** Milliseconds, least to most. */
export interface Sample {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

export function sampleOf(times: readonly number[]): Sample {
  const sorted = times.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)!, runs: sorted.length };
}

/** How long a piece of work takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Two pieces of work in turn, A B A B …, after one round that is not counted, so that a machine whose speed drifts treats both alike. */
export async function paired(
  rounds: number,
  a: () => Promise<number>,
  b: () => Promise<number>,
): Promise<{ a: Sample; b: Sample; ratio: number }> {
  await a();
  await b();
  const times: { a: number; b: number }[] = [];
  for (let round = 0; round < rounds; round++) times.push({ a: await a(), b: await b() });
  const ratio = sampleOf(times.map((pair) => pair.a / pair.b)).median;
  return { a: sampleOf(times.map((pair) => pair.a)), b: sampleOf(times.map((pair) => pair.b)), ratio };
}
