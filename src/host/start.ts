import { closeSync, constants, openSync } from "node:fs";
import { BangerError } from "../core/api/errors.ts";
import type { ProcessIdentity, StartOptions } from "../core/api/host.ts";
import { childEnvironment } from "./environment.ts";
import { toolMissing } from "./packages.ts";
import { readCommandLine, readStartTime, readStat } from "./proc.ts";
import { type Argv, notStarted, type RunPlace } from "./run.ts";
import { findProgram } from "./search-path.ts";

/** How long a command may take to become another program; in ms. */
const becomesMs = 10_000;

/** See Host.start. */
export async function start({ env, path }: RunPlace, argv: Argv, options: StartOptions): Promise<ProcessIdentity> {
  const { marker, logPath, cwd, becomes } = options;
  if (marker === "" || !argv.some((argument) => argument.includes(marker))) {
    throw new BangerError(
      "INTERNAL",
      `the marker ${JSON.stringify(marker)} does not occur in the arguments of ${argv[0]}`,
    );
  }
  const program = findProgram(argv[0], path);
  if (program === null) throw toolMissing(argv[0]);
  const log = openSync(
    logPath,
    constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    const child = Bun.spawn([program, ...argv.slice(1)], {
      ...(cwd !== undefined && { cwd }),
      argv0: argv[0],
      env: childEnvironment(env, path, options.env),
      stdio: ["ignore", log, log],
      detached: true,
    });
    child.unref();
    // Our child is reaped from the event loop, so until this returns its number is its own, dead or alive.
    const startTime = readStartTime(child.pid);
    if (startTime === null) throw new BangerError("INTERNAL", `/proc does not show the process ${child.pid}`);
    await begun(child.pid, becomes);
    return { pid: child.pid, startTime, marker };
  } catch (error) {
    throw error instanceof BangerError ? error : notStarted(argv, options, error);
  } finally {
    closeSync(log);
  }
}

/**
 * Spawning may return before exec has set the arguments: only then is the process found by its marker. One that is dying has none either.
 * With `becomes`, the program that is begun with execs that one when it is ready; one that dies before has not.
 */
async function begun(pid: number, becomes: string | undefined): Promise<void> {
  const end = performance.now() + (becomes === undefined ? 100 : becomesMs);
  for (;;) {
    const state = readStat(pid)?.state ?? "Z";
    if (state === "Z") return;
    const [program = "", ...rest] = readCommandLine(pid)?.toString("latin1").split("\0") ?? [];
    if (becomes === undefined ? rest.length > 0 : program === becomes) return;
    if (performance.now() > end) return;
    await Bun.sleep(1);
  }
}
