import { maxMessageBytes, tags } from "./messages.ts";
import { recordHeadBytes, viewOf, violation } from "./record.ts";

export interface MessageSink {
  /** A whole message; its body is valid during the call. */
  message(tag: number, body: Uint8Array): void;
  /** Some bytes of a STDOUT, STDERR or DATA message, as they come; may be kept. */
  bulk(tag: number, piece: Uint8Array): void;
}

const bulkTags: ReadonlySet<number> = new Set([tags.stdout, tags.stderr, tags.data]);

/** Cuts a stream's bytes, which come in pieces of any size, into messages. Throws GUEST_PROTOCOL. */
export class MessageReader {
  readonly #head = new Uint8Array(recordHeadBytes);
  #headBytes = 0;
  #left = 0;
  /** Grows with what has come, not with what was announced. */
  #body: Uint8Array = new Uint8Array();
  #bodyBytes = 0;
  #stopped = false;

  constructor(private readonly sink: MessageSink) {}

  /** Whether the bytes so far end between two messages. */
  get whole(): boolean {
    return this.#headBytes === 0;
  }

  /** To be called from the sink: what follows is not messages. `feed` returns where it begins. */
  stop(): void {
    this.#stopped = true;
  }

  /** Returns how many of the bytes were messages: all of them, unless stopped. */
  feed(piece: Uint8Array): number {
    let at = 0;
    while (at < piece.length && !this.#stopped) {
      if (this.#headBytes < recordHeadBytes) {
        const length = Math.min(recordHeadBytes - this.#headBytes, piece.length - at);
        this.#head.set(piece.subarray(at, at + length), this.#headBytes);
        this.#headBytes += length;
        at += length;
        if (this.#headBytes === recordHeadBytes) this.#begin();
      } else {
        const length = Math.min(this.#left, piece.length - at);
        this.#take(piece.subarray(at, at + length));
        at += length;
      }
    }
    return at;
  }

  #begin(): void {
    this.#left = viewOf(this.#head).getUint32(1);
    if (this.#left > maxMessageBytes) throw violation(`a message of ${this.#left} bytes`);
    if (this.#left === 0) this.#finish();
  }

  #take(bytes: Uint8Array): void {
    const tag = this.#head[0] ?? 0;
    this.#left -= bytes.length;
    if (bulkTags.has(tag)) this.sink.bulk(tag, bytes);
    else this.#keep(bytes);
    if (this.#left === 0) this.#finish();
  }

  #keep(bytes: Uint8Array): void {
    if (this.#left === 0 && this.#bodyBytes === 0) {
      this.#body = bytes;
    } else {
      const needed = this.#bodyBytes + bytes.length;
      if (needed > this.#body.length) {
        const grown = new Uint8Array(Math.max(needed, this.#body.length * 2, 256));
        grown.set(this.#body.subarray(0, this.#bodyBytes));
        this.#body = grown;
      }
      this.#body.set(bytes, this.#bodyBytes);
    }
    this.#bodyBytes += bytes.length;
  }

  #finish(): void {
    const tag = this.#head[0] ?? 0;
    const body = this.#body.subarray(0, this.#bodyBytes);
    this.#headBytes = 0;
    this.#body = new Uint8Array();
    this.#bodyBytes = 0;
    if (!bulkTags.has(tag)) this.sink.message(tag, body);
  }
}
