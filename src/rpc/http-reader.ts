/** Head and body of an HTTP/1.1 response, pulled from a connection. Small on purpose: fetch cannot upgrade, node:http is slow to load. */
export interface ResponseHead {
  readonly status: number;
  /** Lower-case names; of a repeated header the last one. */
  readonly headers: ReadonlyMap<string, string>;
}

const maxHeadBytes = 64 << 10;
const headEnd = Buffer.from("\r\n\r\n");
const lineEnd = Buffer.from("\r\n");

/** Throws plain Errors that say what is wrong; the caller knows whom it talks to. */
export class HttpReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async head(): Promise<ResponseHead> {
    const [line = "", ...lines] = (await this.#until(headEnd, maxHeadBytes)).split("\r\n");
    const status = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(line)?.[1];
    if (status === undefined) throw new Error("the answer is not HTTP");
    const headers = new Map<string, string>();
    for (const header of lines) {
      const colon = header.indexOf(":");
      if (colon > 0) headers.set(header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim());
    }
    return { status: Number(status), headers };
  }

  /** The body; throws when the connection ends before it is complete. */
  async *body(head: ResponseHead): AsyncGenerator<Uint8Array, void, void> {
    if (head.headers.get("transfer-encoding") === "chunked") {
      for (;;) {
        const size = Number.parseInt(await this.#until(lineEnd, 64), 16);
        if (!Number.isSafeInteger(size)) throw new Error("the answer's encoding is broken");
        yield* this.#exactly(size);
        await this.#until(lineEnd, maxHeadBytes);
        if (size === 0) return;
      }
    }
    const length = head.headers.get("content-length");
    if (length === undefined) yield* this.rest();
    else yield* this.#exactly(Number(length));
  }

  /** What comes after the head until the peer half-closes: an upgraded connection. */
  async *rest(): AsyncGenerator<Uint8Array, void, void> {
    for (;;) {
      if (this.#held.length > 0) yield this.#take(this.#held.length);
      const next = await this.#chunks.next();
      if (next.done === true) return;
      yield next.value;
    }
  }

  async *#exactly(length: number): AsyncGenerator<Uint8Array, void, void> {
    for (let left = length; left > 0;) {
      if (this.#held.length === 0) await this.#fill();
      const chunk = this.#take(Math.min(left, this.#held.length));
      left -= chunk.length;
      yield chunk;
    }
  }

  /** Text up to a delimiter, which is taken too. */
  async #until(delimiter: Buffer, limit: number): Promise<string> {
    for (;;) {
      const at = this.#held.indexOf(delimiter);
      if (at >= 0) {
        const text = this.#take(at).toString("latin1");
        this.#take(delimiter.length);
        return text;
      }
      if (this.#held.length > limit) throw new Error("the answer's head is too long");
      await this.#fill();
    }
  }

  #take(length: number): Buffer {
    const taken = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return taken;
  }

  async #fill(): Promise<void> {
    const next = await this.#chunks.next();
    if (next.done === true) throw new Error("the connection ended in the middle of an answer");
    const chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
  }
}
