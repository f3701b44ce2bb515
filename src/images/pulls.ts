import { BangerError } from "../core/api/errors.ts";
import type { Emit, ProgressEvent } from "../core/api/events.ts";

export interface Waiter {
  readonly emit?: Emit | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Pull<T> {
  readonly result: Promise<T>;
  readonly waiters: Set<Waiter>;
  readonly controller: AbortController;
  /** What a latecomer has to be told: the running step and how far it is. */
  begun: ProgressEvent | null;
  latest: ProgressEvent | null;
}

/**
 * Work under a name that many may want at once: it is done once, all who wait get the progress and the result. Who cancels
 * leaves; the work itself is cancelled when the last one has left.
 */
export class Pulls<T> {
  readonly #running = new Map<string, Pull<T>>();

  /** Rejects with CANCELLED when the waiter's signal fires; the last waiter's once the work has ended and cleaned up. */
  async join(name: string, work: (emit: Emit, signal: AbortSignal) => Promise<T>, waiter: Waiter): Promise<T> {
    if (waiter.signal?.aborted) throw cancelled(name);
    const pull = this.#running.get(name) ?? this.#start(name, work);
    if (pull.begun !== null) waiter.emit?.(pull.begun);
    if (pull.latest !== null) waiter.emit?.(pull.latest);
    pull.waiters.add(waiter);
    const left = Promise.withResolvers<never>();
    const leave = (): void => {
      pull.waiters.delete(waiter);
      if (pull.waiters.size > 0) return left.reject(cancelled(name));
      if (this.#running.get(name) === pull) this.#running.delete(name); // who comes now starts afresh
      pull.controller.abort(); // and wait for the end of it
    };
    waiter.signal?.addEventListener("abort", leave, { once: true });
    try {
      return await Promise.race([left.promise, pull.result]);
    } catch (error) {
      throw waiter.signal?.aborted ? cancelled(name) : error;
    } finally {
      waiter.signal?.removeEventListener("abort", leave);
      pull.waiters.delete(waiter);
    }
  }

  #start(name: string, work: (emit: Emit, signal: AbortSignal) => Promise<T>): Pull<T> {
    const controller = new AbortController();
    const waiters = new Set<Waiter>();
    const emit: Emit = (event) => {
      if (event.type === "step-start") pull.begun = event;
      if (event.type === "step-progress") pull.latest = event;
      if (event.type === "step-end") pull.begun = pull.latest = null;
      for (const waiter of waiters) waiter.emit?.(event);
    };
    // In a microtask of its own: the first event must find its waiter.
    const result = Promise.resolve()
      .then(() => work(emit, controller.signal))
      .finally(() => {
        if (this.#running.get(name) === pull) this.#running.delete(name);
      });
    const pull: Pull<T> = { result, waiters, controller, begun: null, latest: null };
    this.#running.set(name, pull);
    return pull;
  }
}

function cancelled(name: string): BangerError {
  return new BangerError("CANCELLED", `the pull of ${name} was cancelled`);
}
