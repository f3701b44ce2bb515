import { mkdtempSync, readlinkSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { asBangerError, BangerError } from "../core/api/errors.ts";
import { childEnvironment, type Environment } from "./environment.ts";
import { lockFile } from "./lock-file.ts";
import { throughHelper } from "./privileged/client.ts";
import { readStartTime } from "./proc.ts";
import { searchPath } from "./search-path.ts";

/** How long a process may take to have its namespace, in milliseconds. */
const unshareMs = 20_000;

interface Edge {
  readonly env: Environment;
  err(text: string): Promise<void>;
}

/**
 * `banger internal mapped SOCKET -- COMMAND…`: runs a program as root of a new user namespace that has all of this user's ids, which
 * the root helper behind the socket maps. Returns the program's status as a shell tells it, 127 when it could not be begun.
 *
 * The program waits behind a lock until its ids are there, and keeps its capabilities on the way: what has no rights to gain
 * any can only pass on those that it got with the namespace.
 */
export async function mappedMain([socket, , ...command]: readonly string[], { env, err }: Edge): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "banger-mapped-"));
  const path = join(folder, "lock");
  const lock = await lockFile(path);
  const search = searchPath(env["PATH"]);
  const argv = ["unshare", "--user", "--keep-caps", "--", "flock", "--no-fork", path, ...command];
  const child = Bun.spawn(argv, { env: childEnvironment(env, search), stdio: ["inherit", "inherit", "inherit"] });
  try {
    await begun(child);
    const startTime = readStartTime(child.pid);
    if (socket === undefined || startTime === null) throw new BangerError("INTERNAL", "there is nothing to map");
    await throughHelper(socket)("namespace.map", { pid: child.pid, startTime });
    lock?.release();
    await child.exited;
    const signal = child.signalCode as NodeJS.Signals | null;
    return signal === null ? (child.exitCode ?? 0) : 128 + constants.signals[signal];
  } catch (thrown) {
    child.kill("SIGKILL");
    await child.exited;
    const { message, hint } = asBangerError(thrown);
    await err(`${message}${hint === undefined ? "" : `: ${hint}`}\n`);
    return 127;
  } finally {
    lock?.release();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Until the child has a user namespace of its own; throws when it ends before. */
async function begun(child: Bun.Subprocess): Promise<void> {
  const own = readlinkSync("/proc/self/ns/user");
  const deadline = performance.now() + unshareMs;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline)
      throw new BangerError("COMMAND_FAILED", "unshare could not make a user namespace");
    try {
      if (readlinkSync(`/proc/${child.pid}/ns/user`) !== own) return;
    } catch {
      // It ends; its status comes.
    }
    await Bun.sleep(5);
  }
}
