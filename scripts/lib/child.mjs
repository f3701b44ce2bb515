import { spawn, spawnSync } from "node:child_process";
import { constants } from "node:os";

/** A step that failed for a reason which its message tells in full: shown without a stack. */
export class StepError extends Error {}

/**
 * Runs a program to its end with our terminal.
 * @param {readonly string[]} argv
 * @param {import("node:child_process").SpawnSyncOptions} [options]
 * @throws {StepError} when it fails, with the command in pasteable form
 */
export function must(argv, options = {}) {
  // A step's chatter is progress, not a result: it goes to stderr, and it must not eat the stdin meant for banger.
  const done = spawnSync(argv[0] ?? "", argv.slice(1), { stdio: ["ignore", 2, 2], ...options });
  if (done.error) throw new StepError(`${argv[0]}: ${done.error.message}`);
  if (done.status !== 0) throw new StepError(`${argv.join(" ")}\n  ${outcome(done.status, done.signal)}`);
}

/**
 * @param {readonly string[]} argv
 * @returns {{ ok: boolean, stdout: string }} never throws
 */
export function ask(argv) {
  const done = spawnSync(argv[0] ?? "", argv.slice(1), { stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" });
  return { ok: done.status === 0, stdout: done.stdout ?? "" };
}

/**
 * Becomes the program as far as Node can: same terminal and stdin, signals passed on, its status returned.
 * @param {readonly string[]} argv
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<number>} exit status; 128+n for a death by signal n
 */
export function become(argv, options = {}) {
  // Nobody yet. A signal that came after the child is there and before we take signals would end us and leave the child.
  const target = { kill: (/** @type {NodeJS.Signals} */ _signal) => false };
  for (const signal of /** @type {const} */ (["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"])) {
    // Keys at a terminal reach the whole foreground group, the child included: once is enough.
    const fromKeys = process.stdin.isTTY && (signal === "SIGINT" || signal === "SIGQUIT");
    process.on(signal, () => fromKeys || target.kill(signal));
  }
  const child = spawn(argv[0] ?? "", argv.slice(1), { stdio: "inherit", ...options });
  target.kill = (signal) => child.kill(signal);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (status, signal) => resolve(status ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

/**
 * @param {number | null} status
 * @param {string | null} signal
 * @returns {string}
 */
export function outcome(status, signal) {
  return signal ? `killed by ${signal}` : `exited ${status}`;
}

/**
 * The edge of a script: known failures in plain words, exit code from the result.
 * @param {string} name
 * @param {() => number | Promise<number>} body
 */
export async function edge(name, body) {
  try {
    process.exitCode = await body();
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    console.error(`${name}: ${error.message}`);
    process.exitCode = 1;
  }
}
