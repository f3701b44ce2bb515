import type { Capability } from "../api/capability.ts";
import type { Part } from "./effects.ts";

/**
 * Does the same for every part, side by side: one that names others in `after` or `requires` begins when they are done. What they give is
 * in the parts' own order. The first failure aborts the signal of those that are still at work, and is thrown when all have ended.
 * @param parts in an order in which each comes after those that it names
 */
export async function sideBySide<T>(
  parts: readonly Part[],
  signal: AbortSignal,
  work: (part: Part, signal: AbortSignal) => Promise<T>,
): Promise<readonly T[]> {
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const begun = new Map<string, Promise<T>>();
  for (const part of parts) {
    const earlier = namedBy(part).flatMap((key) => begun.get(key) ?? []);
    const done = Promise.all(earlier).then(() => (both.throwIfAborted(), work(part, both)));
    done.catch((thrown: unknown) => failed.abort(thrown));
    begun.set(part.key, done);
  }
  await Promise.allSettled(begun.values());
  // The reason is what the first failure threw.
  failed.signal.throwIfAborted();
  return Promise.all(begun.values());
}

/** Keys of those that a capability comes after; nobody for a driver. */
function namedBy({ participant }: Part): readonly string[] {
  const { after = [], requires = [] } = participant as Partial<Pick<Capability, "after" | "requires">>;
  return [...after, ...requires].map((name) => `capability/${name}`);
}
