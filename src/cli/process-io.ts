import { servicePlaces } from "../core/model/service-places.ts";
import { Terminals } from "../host/terminals.ts";
import type { Io } from "./io.ts";

/** The Io of this very process. */
export function processIo(env: Io["env"]): Io {
  const terminals = new Terminals();
  return {
    env,
    cwd: process.cwd(),
    self: Bun.main.startsWith("/$bunfs/") ? [process.execPath] : [process.execPath, Bun.main],
    out: (text) => print(Bun.stdout, text),
    err: (text) => print(Bun.stderr, text),
    write: async (fd, data) => void (await Bun.write(fd === 1 ? Bun.stdout : Bun.stderr, data)),
    input: () => Bun.stdin.stream() as AsyncIterable<Uint8Array>,
    isTerminal: (fd) => terminals.isTerminal(fd),
    size: () => terminals.size(1) ?? terminals.size(2) ?? terminals.size(0),
    rawMode() {
      const restore = terminals.makeRaw(0) ?? (() => {});
      // Whatever ends this process, the terminal must be usable afterwards.
      process.once("exit", restore);
      return () => {
        process.off("exit", restore);
        restore();
      };
    },
    onSignal(signal, handler) {
      process.on(signal, handler);
      return () => void process.off(signal, handler);
    },
    uid: process.getuid!(),
    serviceRecord: servicePlaces.record,
    passwdHome: () => (require("node:os") as typeof import("node:os")).userInfo().homedir,
  };
}

async function print(file: Bun.BunFile, text: string): Promise<void> {
  try {
    await Bun.write(file, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  }
}
