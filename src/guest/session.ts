import { BangerError } from "../core/api/errors.ts";
import { Mux } from "./mux.ts";
import type { Reached } from "./reach.ts";

/** Frames are gathered here and written at once. */
const batchBytes = 256 * 1024;
/** Answers that may wait to be sent before the guest is no longer read. */
const maxBacklog = 4096;

/** Carries a mux's bytes to and from a connection until either end is done with it. */
export class Session {
  readonly mux: Mux;
  /** Resolves, never rejects, with why the session ended. */
  readonly closed: Promise<BangerError>;
  readonly #end = Promise.withResolvers<BangerError>();
  readonly #batch = new Uint8Array(batchBytes);
  #sending: Promise<void> | null = null;
  #ended = false;

  constructor(private readonly reached: Reached) {
    this.closed = this.#end.promise;
    this.mux = new Mux(() => {
      // What is asked for in one turn goes out in one write.
      if (!this.#ended) this.#sending ??= Promise.resolve().then(() => this.#send());
    });
    void this.#receive();
  }

  close(): void {
    if (this.#ended) return;
    if (this.#sending === null) {
      this.mux.goAway();
      void this.#send();
    }
    this.#finish(new BangerError("GUEST_GONE", "the session with the guest was closed"));
  }

  /** The guest has broken the protocol above the mux. */
  fail(error: BangerError): void {
    this.#finish(error);
  }

  async #send(): Promise<void> {
    try {
      for (;;) {
        const length = this.mux.take(this.#batch);
        if (length === 0) break;
        await this.reached.stream.write(this.#batch.subarray(0, length));
      }
    } catch (error) {
      this.#finish(gone(error));
    } finally {
      this.#sending = null;
    }
  }

  async #receive(): Promise<void> {
    const { first, chunks } = this.reached;
    try {
      this.mux.receive(first);
      for (;;) {
        if (this.mux.backlog > maxBacklog) await this.#sending;
        const next = await chunks.next();
        if (next.done === true) break;
        this.mux.receive(next.value);
      }
      this.#finish(gone(undefined));
    } catch (error) {
      this.#finish(error instanceof BangerError ? error : gone(error));
    }
  }

  #finish(error: BangerError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.mux.fail(error);
    this.reached.stream.close();
    this.#end.resolve(error);
  }
}

export function gone(cause: unknown): BangerError {
  return new BangerError("GUEST_GONE", "the guest went away", { cause });
}
