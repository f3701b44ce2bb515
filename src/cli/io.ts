/**
 * What a command may touch of the process. `main` makes the real one; tests hand in their own.
 *
 * Measured on compiled programs, on top of a 3.6 ms empty start: the first touch of process.stdout, stderr or stdin
 * costs 3–4 ms, node:http 3.5, node:tty 3.5, consola 5.5, @iarna/toml 2.5, zod 1.2, node:fs 0.6, bun:sqlite 0.3,
 * fetch over a unix socket 0.4, citty and Bun.write 0. So `out` and `err` go through Bun.write, and the streams
 * are functions: only a command that streams pays for them.
 */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Results. Resolves when the text is written; a reader that is gone is not an error. */
  out(text: string): Promise<void>;
  /** Everything that is not a result. */
  err(text: string): Promise<void>;
  /** Free of charge for pipes, files and /dev/null. */
  isTerminal(fd: 0 | 1 | 2): boolean;
  stdin(): NodeJS.ReadStream;
  stdout(): NodeJS.WriteStream;
  stderr(): NodeJS.WriteStream;
}
