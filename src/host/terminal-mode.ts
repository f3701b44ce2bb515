import { dlopen } from "bun:ffi";

/** More than glibc's struct termios on amd64, which has 60 bytes. */
const termiosBytes = 64;
/** TCSADRAIN: once all output is out. */
const afterOutput = 1;

/**
 * Makes a terminal raw: every key comes at once, unechoed and without a meaning of its own, and output goes out as it is. (setRawMode of
 * node:tty leaves output processing on: a program in the guest that moves its cursor down by a line feed would land in column one.)
 * @returns what puts the terminal back as it was; null when the descriptor is no terminal
 */
export function makeRaw(fd: number): (() => void) | null {
  const { tcgetattr, tcsetattr, cfmakeraw } = open();
  const before = new Uint8Array(termiosBytes);
  if (tcgetattr(fd, before) !== 0) return null;
  const raw = before.slice();
  cfmakeraw(raw);
  tcsetattr(fd, afterOutput, raw);
  return () => void tcsetattr(fd, afterOutput, before);
}

function open() {
  return dlopen("libc.so.6", {
    tcgetattr: { args: ["i32", "ptr"], returns: "i32" },
    tcsetattr: { args: ["i32", "i32", "ptr"], returns: "i32" },
    cfmakeraw: { args: ["ptr"], returns: "void" },
  }).symbols;
}
