/**
 * What a command may touch of the process. `main` makes the real one; tests hand in their own.
 *
 * Measured on compiled programs, on top of a 3.6 ms empty start: the first touch of process.stdout, stderr or stdin
 * costs 3–4 ms, node:http 3.5, node:tty 3.5, consola 5.5, @iarna/toml 2.5, zod 1.2, node:fs 1.0, citty with what it needs of
 * node:util 1.3, node:os 0.4, bun:ffi, Bun.write and a unix socket next to nothing. So all output goes through Bun.write, which also
 * leaves the mode of a pipe alone that others write to (process.stdout and Bun's writers make it non-blocking for them too).
 */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** What starts this very program: its executable, and its main file where it is not compiled. */
  readonly self: readonly string[];
  /** Results. Resolves when the text is written; a reader that is gone is not an error. */
  out(text: string): Promise<void>;
  /** Everything that is not a result. */
  err(text: string): Promise<void>;
  /** Bytes as they are, to stdout or stderr. Rejects with EPIPE when the reader is gone. */
  write(fd: 1 | 2, data: Uint8Array): Promise<void>;
  /** The bytes of stdin, read only as they are taken. One consumer. */
  input(): AsyncIterable<Uint8Array>;
  isTerminal(fd: 0 | 1 | 2): boolean;
  /** Of the terminal that stdout, stderr or stdin is; null without one. */
  size(): TerminalSize | null;
  /** Makes stdin's terminal raw; what is returned puts it back. Does nothing where it is none. */
  rawMode(): () => void;
  /** Takes a signal until the returned function is called. */
  onSignal(signal: NodeJS.Signals, handler: () => void): () => void;
  readonly uid: number;
  /** Where the record of an installed service is, if there is one. */
  readonly serviceRecord: string;
  /** The user's home by the password file. */
  passwdHome(): string;
}

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}
