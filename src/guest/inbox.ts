export interface Piece {
  readonly tag: number;
  readonly data: Uint8Array;
}

/** Pieces below this length are gathered into blocks, so that a peer who sends single bytes costs bytes and not objects. */
const small = 512;
const blockBytes = 8192;

/** What a stream has received and its one consumer has not yet taken. The window bounds it. */
export class Inbox implements AsyncIterable<Piece> {
  readonly #pieces: Piece[] = [];
  /** The block at the end of the queue that small pieces are gathered in. */
  #block: Uint8Array | null = null;
  #gathered = 0;
  #ended = false;
  #failure: Error | null = null;
  #wake: (() => void) | null = null;

  /**
   * @param taken called with the length of what the consumer takes
   * @param left called when the consumer leaves before the end
   */
  constructor(
    private readonly taken: (bytes: number) => void,
    private readonly left: () => void,
  ) {}

  push(tag: number, data: Uint8Array): void {
    if (data.length === 0 || this.#ended) return;
    if (data.length < small) this.#gather(tag, data);
    else {
      this.#block = null;
      this.#pieces.push({ tag, data });
    }
    this.#wakeUp();
  }

  /** The consumer gets what is there, then the end. */
  end(): void {
    this.#ended = true;
    this.#wakeUp();
  }

  /** The consumer gets what is there, then the error. */
  fail(error: Error): void {
    if (!this.#ended) this.#failure ??= error;
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Piece, void, void> {
    try {
      for (;;) {
        const piece = this.#pieces.shift();
        if (piece !== undefined) {
          if (this.#pieces.length === 0) this.#block = null;
          this.taken(piece.data.length);
          yield piece;
        } else if (!this.#ended) {
          await new Promise<void>((resolve) => (this.#wake = resolve));
        } else if (this.#failure !== null) {
          throw this.#failure;
        } else {
          return;
        }
      }
    } finally {
      if (!this.#ended) this.left();
    }
  }

  #gather(tag: number, data: Uint8Array): void {
    const last = this.#pieces.at(-1);
    const fits = this.#block !== null && this.#gathered + data.length <= this.#block.length;
    if (!fits) {
      this.#block = new Uint8Array(last === undefined ? data.length : blockBytes);
      this.#gathered = 0;
    }
    const block = this.#block!;
    let start = this.#gathered;
    block.set(data, start);
    this.#gathered += data.length;
    if (fits && last?.tag === tag) {
      start -= last.data.length;
      this.#pieces.pop();
    }
    this.#pieces.push({ tag, data: block.subarray(start, this.#gathered) });
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
