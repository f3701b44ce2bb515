import { fstatSync } from "node:fs";
import type { Io } from "./cli/io.ts";

/**
 * The process edge. Both halves are behind import(): with code splitting (build.ts) `--help` never reads the
 * daemon's code, and the daemon never reads the CLI's.
 * @returns the exit status
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  if (argv[0] === "daemon" && argv[1] === "serve") {
    const { serve } = await import("./daemon/index.ts");
    return serve(argv.slice(2), io);
  }
  const { run } = await import("./cli/index.ts");
  return run(argv, io);
}

const processIo: Io = {
  env: process.env,
  cwd: process.cwd(),
  out: (text) => write(Bun.stdout, text),
  err: (text) => write(Bun.stderr, text),
  isTerminal: (fd) => isTerminal(fd),
  stdin: () => process.stdin,
  stdout: () => process.stdout,
  stderr: () => process.stderr,
};

async function write(file: Bun.BunFile, text: string): Promise<void> {
  try {
    await Bun.write(file, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  }
}

function isTerminal(fd: number): boolean {
  const { rdev, isCharacterDevice } = statOf(fd);
  // Major 1 is /dev/null and its like. What remains is worth the 3 ms of loading node:tty.
  return isCharacterDevice && rdev >> 8 !== 1 && (require("node:tty") as typeof import("node:tty")).isatty(fd);
}

function statOf(fd: number): { rdev: number; isCharacterDevice: boolean } {
  try {
    const stat = fstatSync(fd);
    return { rdev: stat.rdev, isCharacterDevice: stat.isCharacterDevice() };
  } catch {
    return { rdev: 0, isCharacterDevice: false }; // closed
  }
}

if (import.meta.main) process.exit(await main(process.argv.slice(2), processIo));
