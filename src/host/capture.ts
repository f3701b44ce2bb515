/** Largest output of a program that is kept, per stream, in bytes. */
export const maxOutput = 8 * 2 ** 20;

/** What a stream is read through. */
export interface Reader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
}

/**
 * Collects a stream's text as UTF-8. `onLine` gets each line without its end (`\n`, `\r\n` or `\r`, so that progress that redraws itself
 * counts as lines); `onTooMuch` is called once, and what follows is dropped.
 */
export class Capture {
  readonly #chunks: Uint8Array[] = [];
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #bytes = 0;
  #partial = "";

  constructor(
    private readonly onTooMuch: () => void,
    private readonly onLine?: (line: string) => void,
  ) {}

  /** Resolves at the end of the stream, or when it was cancelled. */
  async drain(stream: Reader): Promise<void> {
    for (;;) {
      const { done, value } = await stream.read();
      if (done || value === undefined) break;
      this.#add(value);
    }
    if (this.#partial !== "") this.onLine?.(this.#partial.replace(/\r$/, ""));
  }

  text(): string {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.concat(this.#chunks));
  }

  #add(chunk: Uint8Array): void {
    const before = this.#bytes;
    this.#bytes += chunk.length;
    if (this.#bytes <= maxOutput) this.#chunks.push(chunk);
    else if (before <= maxOutput) this.onTooMuch();
    if (this.onLine === undefined || this.#bytes > maxOutput) return;
    const lines = (this.#partial + this.#decoder.decode(chunk, { stream: true })).split(/\r?\n|\r(?!$)/);
    this.#partial = lines.pop() ?? "";
    for (const line of lines) this.onLine(line);
  }
}
