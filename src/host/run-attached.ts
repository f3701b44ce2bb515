import { constants } from "node:os";
import { childEnvironment, type Environment } from "./environment.ts";
import { toolMissing } from "./packages.ts";
import { notStarted, type Argv } from "./run.ts";
import { findProgram, searchPath } from "./search-path.ts";

/**
 * Runs a program on this process's own terminal, where it may ask for a password; all it prints goes to stderr. Returns its status as
 * a shell tells it. @throws BangerError TOOL_MISSING, COMMAND_FAILED
 */
export async function runAttached(argv: Argv, env: Environment): Promise<number> {
  const path = searchPath(env["PATH"]);
  const program = findProgram(argv[0], path);
  if (program === null) throw toolMissing(argv[0]);
  try {
    const child = Bun.spawn([program, ...argv.slice(1)], {
      env: childEnvironment(env, path),
      stdio: ["inherit", 2, 2],
    });
    await child.exited;
    const signal = child.signalCode as NodeJS.Signals | null;
    return signal === null ? (child.exitCode ?? 0) : 128 + constants.signals[signal];
  } catch (cause) {
    throw notStarted(argv, {}, cause);
  }
}
