import { readFileSync, writeFileSync } from "node:fs";
import { BangerError } from "../core/api/errors.ts";
import type { Paths } from "../core/model/paths.ts";
import { waitLock, type FileLock } from "../host/lock-file.ts";

/** How long a new daemon waits for the one before to be gone, in milliseconds. */
const takeOverMs = 10_000;

/**
 * Makes this process the only daemon of the socket and of the state: who has another XDG_RUNTIME_DIR finds no socket and must not serve
 * the same state. @throws BangerError DAEMON_UNREACHABLE, STATE_UNUSABLE, DISK_FULL
 */
export async function takeLocks(
  { daemonLock, stateLock, stateDir, socket }: Pick<Paths, "daemonLock" | "stateLock" | "stateDir" | "socket">,
  waitMs: number = takeOverMs,
): Promise<readonly FileLock[]> {
  const ours = await take(daemonLock, waitMs, (cause) => {
    const hint = "banger daemon status";
    return new BangerError("DAEMON_UNREACHABLE", "another daemon serves here already", { hint, cause });
  });
  try {
    const state = await take(stateLock, waitMs, (cause) => {
      const [pid = "?", where = "?"] = readFileSync(stateLock, "utf8").trim().split(" ", 2);
      return new BangerError("DAEMON_UNREACHABLE", `a daemon with another socket serves ${stateDir}: ${where}`, {
        hint: `set XDG_RUNTIME_DIR as it was there, or end that daemon (its VMs run on): kill ${pid}`,
        cause,
      });
    });
    note(stateLock, `${process.pid} ${socket}\n`);
    return [ours, state];
  } catch (thrown) {
    ours.release();
    throw thrown;
  }
}

async function take(path: string, waitMs: number, taken: (cause: unknown) => BangerError): Promise<FileLock> {
  const late = AbortSignal.timeout(waitMs);
  try {
    return await waitLock(path, late);
  } catch (cause) {
    if (late.aborted) throw taken(cause);
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EDQUOT")
      throw new BangerError("DISK_FULL", `no room to make ${path}`, { cause });
    throw new BangerError("STATE_UNUSABLE", `${path} cannot be opened (${code})`, { cause });
  }
}

/** For the message of who comes later; a full disk is no reason not to serve. */
function note(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch {
    // The lock holds without it.
  }
}
