import { existsSync } from "node:fs";
import { BangerError } from "../core/api/errors.ts";
import type { RunOptions, RunResult } from "../core/api/host.ts";
import { Capture, maxOutput } from "./capture.ts";
import { childEnvironment, type Environment } from "./environment.ts";
import { toolMissing } from "./packages.ts";
import { pasteable } from "./quote.ts";
import { findProgram } from "./search-path.ts";

/** How long a program may take to clean up after SIGTERM before its group is killed, in milliseconds. */
const usualGraceMs = 2000;
/** How long output is waited for once the program has ended: a background child of it may hold the pipe open, in milliseconds. */
const lingerMs = 500;
/** Lines of stderr that an error shows. */
const shownLines = 15;

export type Argv = readonly [string, ...string[]];

export interface RunPlace {
  readonly env: Environment;
  /** Folders of programs. */
  readonly path: readonly string[];
  readonly graceMs?: number;
}

/** See Host.run. The program leads a process group of its own, which ends with it when it is cancelled. */
export async function run(place: RunPlace, argv: Argv, options: RunOptions = {}): Promise<RunResult> {
  const { signal, timeoutMs, onLine, okCodes = [0] } = options;
  if (signal?.aborted === true) throw cancelled(argv, signal);
  const child = spawn(place, argv, options);
  let stopped: BangerError | null = null;
  const stop = (reason: BangerError): void => {
    if (stopped !== null) return;
    stopped = reason;
    endGroup(child, place.graceMs);
  };
  const tooMuch = (): void => stop(failure(argv, options, `printed more than ${maxOutput / 2 ** 20} MiB`));
  const stdout = new Capture(tooMuch, onLine && ((line) => onLine(line, "stdout")));
  const stderr = new Capture(tooMuch, onLine && ((line) => onLine(line, "stderr")));
  const onAbort = (): void => stop(cancelled(argv, signal!));
  signal?.addEventListener("abort", onAbort, { once: true });
  const late =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => stop(failure(argv, options, `did not end within ${timeoutMs / 1000} s`)), timeoutMs);
  const readers = [child.stdout.getReader(), child.stderr.getReader()] as const;
  try {
    const drained = Promise.all([stdout.drain(readers[0]), stderr.drain(readers[1])]);
    // A failure of `onLine` comes through `drained`.
    await Promise.race([child.exited, drained.then(() => child.exited)]);
    await Promise.race([drained, Bun.sleep(lingerMs)]);
  } catch (error) {
    endGroup(child, place.graceMs);
    throw error;
  } finally {
    clearTimeout(late);
    signal?.removeEventListener("abort", onAbort);
    for (const reader of readers) void reader.cancel();
  }
  if (stopped !== null) throw stopped as BangerError;
  const result: RunResult = { code: child.exitCode ?? 0, stdout: stdout.text(), stderr: stderr.text() };
  if (child.signalCode !== null) throw failure(argv, options, `was ended by ${child.signalCode}`, result);
  if (!okCodes.includes(result.code)) throw failure(argv, options, `exited ${result.code}`, result);
  return result;
}

type Child = Bun.Subprocess<"ignore" | Uint8Array, "pipe", "pipe">;

function spawn({ env, path }: RunPlace, argv: Argv, options: RunOptions): Child {
  const program = findProgram(argv[0], path);
  if (program === null) throw toolMissing(argv[0]);
  const { input, cwd } = options;
  try {
    return Bun.spawn([program, ...argv.slice(1)], {
      ...(cwd !== undefined && { cwd }),
      argv0: argv[0],
      // Error texts in one language, whatever the user speaks: they are matched and shown.
      env: childEnvironment(env, path, { LC_ALL: "C.UTF-8", ...options.env }),
      stdin: input === undefined ? "ignore" : typeof input === "string" ? new TextEncoder().encode(input) : input,
      stdout: "pipe",
      stderr: "pipe",
      detached: true,
    });
  } catch (cause) {
    throw notStarted(argv, options, cause);
  }
}

/** Why a program that is there could not be started. */
export function notStarted(argv: Argv, { cwd }: Pick<RunOptions, "cwd">, cause: unknown): BangerError {
  const { code } = cause as NodeJS.ErrnoException;
  const why = cwd !== undefined && !existsSync(cwd) ? `there is no folder ${cwd}` : (code ?? String(cause));
  return new BangerError("COMMAND_FAILED", `${nameOf(argv)} cannot be started: ${why}`, {
    detail: pasteable(argv),
    cause,
  });
}

function endGroup(child: Child, graceMs = usualGraceMs): void {
  const kill = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-child.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  };
  kill("SIGTERM");
  const timer = setTimeout(() => kill("SIGKILL"), graceMs);
  // Whoever of the group is left when its leader has ended.
  void child.exited.then(() => {
    clearTimeout(timer);
    kill("SIGKILL");
  });
}

function nameOf([program]: Argv): string {
  return program.slice(program.lastIndexOf("/") + 1);
}

function failure(argv: Argv, { input }: RunOptions, what: string, result?: RunResult): BangerError {
  const lines = (result?.stderr.trim() || result?.stdout.trim() || "").split("\n").filter((line) => line !== "");
  const left = lines.length > shownLines ? [`… ${lines.length - shownLines} lines before`] : [];
  return new BangerError("COMMAND_FAILED", `${nameOf(argv)} ${what}`, {
    detail: [...pasteable(argv, input), ...left, ...lines.slice(-shownLines)],
  });
}

function cancelled(argv: Argv, signal: AbortSignal): BangerError {
  if (signal.reason instanceof BangerError) return signal.reason;
  return new BangerError("CANCELLED", `${nameOf(argv)} was cancelled`, { cause: signal.reason });
}
