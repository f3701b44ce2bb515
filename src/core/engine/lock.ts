/** Mutual exclusion by key, first come first served; a wait ends with the signal's reason when it is aborted. */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<void>>();

  /** Resolves with the function that releases the lock; releasing twice does nothing. */
  async acquire(key: string, signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    const before = this.#tails.get(key) ?? Promise.resolve();
    const mine = Promise.withResolvers<void>();
    const tail = before.then(() => mine.promise);
    this.#tails.set(key, tail);
    const release = (): void => {
      mine.resolve();
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    };
    try {
      await raceAbort(before, signal);
    } catch (reason) {
      // The place in the queue is given up only once those before are through, or the next waiter would overtake them.
      void before.then(release);
      throw reason;
    }
    return release;
  }

  async run<T>(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const release = await this.acquire(key, signal);
    try {
      return await work();
    } finally {
      release();
    }
  }
}

/** The promise, or a rejection with the signal's reason when that comes first. */
export async function raceAbort<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
