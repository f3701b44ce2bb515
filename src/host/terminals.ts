import { dlopen } from "bun:ffi";

/** More than glibc's struct termios on amd64, which has 60 bytes. */
const termiosBytes = 64;
/** TCSADRAIN: once all output is out. */
const afterOutput = 1;
const TIOCGWINSZ = 0x5413;

/** The terminals behind this process's descriptors, asked by the C library: loading node:tty costs a command 4 ms of its start. */
export class Terminals {
  #opened: ReturnType<typeof open> | null = null;

  get #libc(): ReturnType<typeof open> {
    return (this.#opened ??= open());
  }

  isTerminal(fd: number): boolean {
    return this.#libc.isatty(fd) === 1;
  }

  /** Null where the descriptor is no terminal. Both can be 0. */
  size(fd: number): { readonly rows: number; readonly columns: number } | null {
    const size = new Uint16Array(4);
    if (this.#libc.ioctl(fd, TIOCGWINSZ, size) !== 0) return null;
    return { rows: size[0]!, columns: size[1]! };
  }

  /**
   * Makes a terminal raw: every key comes at once, unechoed and without a meaning of its own, and output goes out as it is. (setRawMode of
   * node:tty leaves output processing on: a program in the guest that moves its cursor down by a line feed would land in column one.)
   * @returns what puts the terminal back as it was; null when the descriptor is no terminal
   */
  makeRaw(fd: number): (() => void) | null {
    const { tcgetattr, tcsetattr, cfmakeraw } = this.#libc;
    const before = new Uint8Array(termiosBytes);
    if (tcgetattr(fd, before) !== 0) return null;
    const raw = before.slice();
    cfmakeraw(raw);
    tcsetattr(fd, afterOutput, raw);
    return () => void tcsetattr(fd, afterOutput, before);
  }
}

function open() {
  return dlopen("libc.so.6", {
    isatty: { args: ["i32"], returns: "i32" },
    ioctl: { args: ["i32", "u64", "ptr"], returns: "i32" },
    tcgetattr: { args: ["i32", "ptr"], returns: "i32" },
    tcsetattr: { args: ["i32", "i32", "ptr"], returns: "i32" },
    cfmakeraw: { args: ["ptr"], returns: "void" },
  }).symbols;
}
