import { closeSync, constants, openSync } from "node:fs";
import { BangerError } from "../core/api/errors.ts";
import type { ProcessIdentity, StartOptions } from "../core/api/host.ts";
import { childEnvironment } from "./environment.ts";
import { toolMissing } from "./packages.ts";
import { readCommandLine, readStartTime, readStat } from "./proc.ts";
import { type Argv, notStarted, type RunPlace } from "./run.ts";
import { findProgram } from "./search-path.ts";

/** See Host.start. */
export async function start({ env, path }: RunPlace, argv: Argv, options: StartOptions): Promise<ProcessIdentity> {
  const { marker, logPath, cwd } = options;
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
    await begun(child.pid);
    return { pid: child.pid, startTime, marker };
  } catch (error) {
    throw error instanceof BangerError ? error : notStarted(argv, options, error);
  } finally {
    closeSync(log);
  }
}

/** Spawning may return before exec has set the arguments: only then is the process found by its marker. One that is dying has none either. */
async function begun(pid: number): Promise<void> {
  for (let look = 0; look < 100; look++) {
    const state = readStat(pid)?.state ?? "Z";
    if (state === "Z" || readCommandLine(pid)?.length !== 0) return;
    await Bun.sleep(1);
  }
}
