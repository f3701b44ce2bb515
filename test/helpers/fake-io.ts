import type { Io } from "../../src/cli/io.ts";

export interface FakeIo extends Io {
  /** What was written so far, as text. */
  stdout(): string;
  stderr(): string;
  /** Calls the handlers that are in place for a signal. */
  send(signal: NodeJS.Signals): void;
  /** Modes that were set and put back, in order. */
  readonly modes: string[];
}

export interface FakeIoOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly terminal?: boolean;
  readonly input?: AsyncIterable<Uint8Array>;
  /** Fails writes to stdout with EPIPE. */
  readonly closed?: boolean;
}

/** An Io that holds everything in memory; its home does not exist. */
export function fakeIo({ env = {}, terminal = false, input = nothing(), closed = false }: FakeIoOptions = {}): FakeIo {
  const written: Record<1 | 2, Buffer[]> = { 1: [], 2: [] };
  const handlers = new Map<string, Set<() => void>>();
  const modes: string[] = [];
  const write = async (fd: 1 | 2, data: Uint8Array): Promise<void> => {
    if (closed && fd === 1) throw Object.assign(new Error("EPIPE"), { code: "EPIPE" });
    written[fd].push(Buffer.from(data));
  };
  return {
    env: { HOME: "/nonexistent/home", XDG_RUNTIME_DIR: "/nonexistent/run", ...env },
    cwd: "/",
    self: ["/nonexistent/banger"],
    out: (text) => write(1, Buffer.from(text)),
    err: (text) => write(2, Buffer.from(text)),
    write,
    input: () => input,
    isTerminal: () => terminal,
    size: () => (terminal ? { rows: 24, columns: 80 } : null),
    rawMode() {
      modes.push("raw");
      return () => void modes.push("restored");
    },
    onSignal(signal, handler) {
      const set = handlers.get(signal) ?? new Set();
      handlers.set(signal, set.add(handler));
      return () => void set.delete(handler);
    },
    uid: 1000,
    serviceRecord: "/nonexistent/etc/install.toml",
    passwdHome: () => "/nonexistent/home",
    stdout: () => Buffer.concat(written[1]).toString(),
    stderr: () => Buffer.concat(written[2]).toString(),
    send: (signal) => {
      for (const handler of [...(handlers.get(signal) ?? [])]) handler();
    },
    modes,
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
