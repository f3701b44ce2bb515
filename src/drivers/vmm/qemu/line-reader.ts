/** Cuts a byte stream into lines, without holding more than `maxBytes` of one. */
export class LineReader {
  #held: Uint8Array[] = [];
  #size = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly onLine: (line: string) => void,
  ) {}

  /** Calls back for every line that is complete; empty ones are left out. Throws when a line is too long, or what the callback throws. */
  push(bytes: Uint8Array): void {
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(10, start);
      const piece = bytes.subarray(start, end < 0 ? bytes.length : end);
      if (this.#size + piece.length > this.maxBytes)
        throw new Error(`it sent a line of more than ${this.maxBytes} bytes`);
      // The sender's buffer is used again after this call.
      if (end < 0) return this.#hold(piece.slice());
      const line = Buffer.concat([...this.#held, piece])
        .toString()
        .trim();
      this.#held = [];
      this.#size = 0;
      if (line !== "") this.onLine(line);
      start = end + 1;
    }
  }

  #hold(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#held.push(piece);
    this.#size += piece.length;
  }
}
