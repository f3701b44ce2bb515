import { fstatSync } from "node:fs";
import type { Io, TerminalSize } from "./io.ts";

/** The Io of this very process. */
export function processIo(env: Io["env"]): Io {
  return {
    env,
    cwd: process.cwd(),
    self: Bun.main.startsWith("/$bunfs/") ? [process.execPath] : [process.execPath, Bun.main],
    out: (text) => print(Bun.stdout, text),
    err: (text) => print(Bun.stderr, text),
    write: async (fd, data) => void (await Bun.write(fd === 1 ? Bun.stdout : Bun.stderr, data)),
    input: () => Bun.stdin.stream() as AsyncIterable<Uint8Array>,
    isTerminal,
    size,
    rawMode,
    onSignal(signal, handler) {
      process.on(signal, handler);
      return () => void process.off(signal, handler);
    },
    user() {
      const { uid, homedir } = (require("node:os") as typeof import("node:os")).userInfo();
      return { uid, home: homedir };
    },
  };
}

async function print(file: Bun.BunFile, text: string): Promise<void> {
  try {
    await Bun.write(file, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  }
}

function isTerminal(fd: number): boolean {
  const { rdev, isCharacterDevice } = statOf(fd);
  // Major 1 is /dev/null and its like. What remains is worth the 3 ms of loading node:tty.
  return isCharacterDevice && rdev >> 8 !== 1 && tty().isatty(fd);
}

function statOf(fd: number): { rdev: number; isCharacterDevice: boolean } {
  try {
    const stat = fstatSync(fd);
    return { rdev: stat.rdev, isCharacterDevice: stat.isCharacterDevice() };
  } catch {
    return { rdev: 0, isCharacterDevice: false }; // closed
  }
}

function size(): TerminalSize | null {
  const fd = [1, 2, 0].find(isTerminal);
  if (fd === undefined) return null;
  const stream = fd === 1 ? process.stdout : fd === 2 ? process.stderr : new (tty().WriteStream)(fd);
  const [columns, rows] = stream.getWindowSize();
  return { rows, columns };
}

function rawMode(): () => void {
  const { makeRaw } = require("../host/terminal-mode.ts") as typeof import("../host/terminal-mode.ts");
  const restore = makeRaw(0) ?? (() => {});
  // Whatever ends this process, the terminal must be usable afterwards.
  process.once("exit", restore);
  return () => {
    process.off("exit", restore);
    restore();
  };
}

function tty(): typeof import("node:tty") {
  return require("node:tty") as typeof import("node:tty");
}
