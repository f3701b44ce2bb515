import { closeSync, constants, openSync } from "node:fs";
import { BangerError } from "../core/api/errors.ts";
import type { ProcessIdentity, StartOptions } from "../core/api/host.ts";
import { childEnvironment } from "./environment.ts";
import { toolMissing } from "./packages.ts";
import { readCommandLine, readStartTime, readStat } from "./proc.ts";
import { type Argv, notStarted, type RunPlace } from "./run.ts";
import { findProgram } from "./search-path.ts";

/** On a host so busy that exec takes longer than this nothing is lost but certainty; in ms. */
const execMs = 10_000;

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

/**
 * Spawning may return before exec: until then the process has our own arguments, then none, and only at last those by which it is found
 * (which it may soon give up for others). One that is dying has none either.
 */
async function begun(pid: number): Promise<void> {
  const ours = readCommandLine(process.pid)!;
  for (const end = performance.now() + execMs; performance.now() < end; await Bun.sleep(1)) {
    const state = readStat(pid)?.state ?? "Z";
    const theirs = readCommandLine(pid);
    if (state === "Z" || (theirs !== null && theirs.length > 0 && !theirs.equals(ours))) return;
  }
}
