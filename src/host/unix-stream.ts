/** Bytes both ways with half-closes; pulled and awaited, so that the slower side sets the pace. */
export interface ByteStream {
  /** What the peer sends, until it half-closes. One consumer; leaving the loop closes nothing. */
  read(): AsyncIterable<Uint8Array>;
  /** Resolves when the bytes are handed on; until then they must not change. Rejects once the stream is closed. */
  write(data: Uint8Array): Promise<void>;
  /** Half-close, after what was written. */
  end(): Promise<void>;
  /** Ends both directions at once; idempotent. */
  close(): void;
}

/** Unread bytes at which the socket is no longer read. */
const readAhead = 1 << 20;
const taken = Promise.resolve();

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * A connection to a unix socket, over Bun's own sockets: loading node:net costs a command 4 ms of its start.
 * Errors carry the system's `code` (EPIPE once closed).
 */
export class UnixStream implements ByteStream {
  #socket: Bun.Socket | null = null;
  readonly #chunks: Uint8Array[] = [];
  #unread = 0;
  #paused = false;
  /** The peer has half-closed. */
  #ended = false;
  #closed: Error | null = null;
  #reader: Waiter | null = null;
  #writer: Waiter | null = null;
  /** The last write of the queue, while the socket is full. */
  #queue: Promise<void> | null = null;

  /** Rejects with the system's error: ENOENT, ECONNREFUSED, EACCES … */
  static async connect(path: string): Promise<UnixStream> {
    const stream = new UnixStream();
    await Bun.connect({
      unix: path,
      allowHalfOpen: true,
      socket: {
        binaryType: "uint8array",
        open: (socket) => void (stream.#socket = socket),
        data: (_, chunk) => stream.#receive(chunk as Uint8Array),
        drain: () => stream.#writer?.resolve(),
        end: () => stream.#finish(null),
        close: (_, error) => stream.#finish(error ?? closedError()),
        error: (_, error) => stream.#finish(error),
        connectError: () => undefined,
      },
    });
    return stream;
  }

  async *read(): AsyncGenerator<Uint8Array, void, void> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#unread -= chunk.length;
        if (this.#paused && this.#unread < readAhead) this.#pause(false);
        yield chunk;
      } else if (this.#ended) {
        return;
      } else if (this.#closed !== null) {
        if ((this.#closed as NodeJS.ErrnoException).code === "EPIPE") return;
        throw this.#closed;
      } else {
        await new Promise<void>((resolve, reject) => (this.#reader = { resolve, reject }));
      }
    }
  }

  write(data: Uint8Array): Promise<void> {
    if (this.#queue !== null) return this.#enqueue(() => this.#push(data, 0));
    if (this.#closed !== null || this.#socket === null) return Promise.reject(this.#closed ?? closedError());
    const written = this.#socket.write(data);
    if (written === data.length) return taken;
    return this.#enqueue(() => this.#push(data, Math.max(written, 0)));
  }

  end(): Promise<void> {
    if (this.#queue !== null) return this.#enqueue(async () => void this.#socket?.shutdown());
    this.#socket?.shutdown();
    return taken;
  }

  close(): void {
    this.#socket?.terminate();
    this.#finish(closedError());
  }

  /** Chains a write or the half-close behind those that wait for room. */
  #enqueue(step: () => Promise<void>): Promise<void> {
    const last = (this.#queue ?? taken).then(step);
    this.#queue = last;
    const release = (): void => {
      if (this.#queue === last) this.#queue = null;
    };
    last.then(release, release);
    return last;
  }

  async #push(data: Uint8Array, offset: number): Promise<void> {
    for (let at = offset; at < data.length;) {
      if (this.#closed !== null || this.#socket === null) throw this.#closed ?? closedError();
      const written = this.#socket.write(data, at, data.length - at);
      if (written > 0) at += written;
      if (at < data.length) await new Promise<void>((resolve, reject) => (this.#writer = { resolve, reject }));
    }
  }

  #receive(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#unread += chunk.length;
    if (this.#unread >= readAhead && !this.#paused) this.#pause(true);
    this.#reader?.resolve();
    this.#reader = null;
  }

  #pause(paused: boolean): void {
    this.#paused = paused;
    if (paused) this.#socket?.pause();
    else this.#socket?.resume();
  }

  /** The peer's half-close (null), or the end of both directions. */
  #finish(error: Error | null): void {
    if (error === null) this.#ended = true;
    else this.#closed ??= error;
    this.#reader?.resolve();
    this.#reader = null;
    if (error === null) return;
    this.#writer?.reject(error);
    this.#writer = null;
  }
}

function closedError(): Error {
  return Object.assign(new Error("the connection is closed"), { code: "EPIPE" });
}
