import { BangerError } from "../../core/api/errors.ts";
import type { Json } from "../../core/api/json.ts";
import { version } from "../../assets.ts";
import { waitLock } from "../../host/lock-file.ts";
import { ensurePrivateDir } from "../../host/private-dir.ts";
import { launchDaemon } from "../../host/launch-daemon.ts";
import { UnixStream } from "../../host/unix-stream.ts";
import { DaemonClient } from "../../rpc/client.ts";
import type { DaemonStatus, OperationInfo } from "../../rpc/protocol.ts";
import type { DaemonOptions } from "./daemon.ts";

/**
 * Starts a daemon and returns when it serves. Of several commands that try at once one does it, the others wait for it. Throws what the
 * daemon says stopped it.
 */
export async function startDaemon(client: DaemonClient, { paths, env, self }: DaemonOptions): Promise<void> {
  await ensurePrivateDir(paths.runtimeDir);
  const lock = await waitLock(`${paths.runtimeDir}/start.lock`);
  try {
    if (await answers(client)) return;
    const line = await launchDaemon([...self, "daemon", "serve", "--ready-fd"], env, paths.daemonLog);
    const message = parseLine(line);
    if (message === null) {
      throw new BangerError("DAEMON_UNREACHABLE", "the daemon ended before it could serve", {
        detail: await tail(paths.daemonLog, 10),
        hint: `its log is ${paths.daemonLog}`,
      });
    }
    if (message.error !== undefined) throw BangerError.from(message.error);
  } finally {
    lock.release();
  }
}

/**
 * Ends a daemon of another version; its VMs run on. Refuses with DAEMON_VERSION while it is at work: that work would be lost.
 */
export async function replaceDaemon({ socketPath }: DaemonClient, { notice }: DaemonOptions): Promise<void> {
  const client = new DaemonClient(socketPath);
  try {
    const status = await client.request<DaemonStatus>("GET", "/v1/status");
    if (status.version === version) return;
    const operations = await client.request<readonly OperationInfo[]>("GET", "/v1/operations");
    if (operations.length > 0) throw busy(status, operations);
    // Its end is the end of this connection.
    const watch = await UnixStream.connect(socketPath);
    await client.request("POST", "/v1/stop").catch((error: unknown) => {
      throw error instanceof BangerError && error.code === "DAEMON_BUSY" ? busy(status, operations) : error;
    });
    notice(`the daemon had version ${status.version}; ${version} takes over, the VMs run on`);
    for await (const _ of watch.read());
    watch.close();
  } catch (error) {
    // Somebody else has ended it meanwhile.
    if (error instanceof BangerError && (error.code === "DAEMON_UNREACHABLE" || error.code === "DAEMON_GONE")) return;
    throw error;
  }
}

function busy(status: DaemonStatus, operations: readonly OperationInfo[]): BangerError {
  return new BangerError(
    "DAEMON_VERSION",
    `the running daemon has version ${status.version}, this command ${version}, and it is at work`,
    {
      detail: operations.map(({ id, kind, subject }) => `${id}  ${kind} ${subject}`.trimEnd()),
      hint: "try again when it is done, or end the daemon: banger daemon stop",
    },
  );
}

async function answers(client: DaemonClient): Promise<boolean> {
  try {
    await client.request("GET", "/v1/status");
    return true;
  } catch (error) {
    if (error instanceof BangerError && (error.code === "DAEMON_UNREACHABLE" || error.code === "DAEMON_GONE"))
      return false;
    throw error;
  }
}

function parseLine(line: string | null): { readonly error?: Json } | null {
  try {
    return line === null ? null : (JSON.parse(line) as { error?: Json });
  } catch {
    return null;
  }
}

async function tail(path: string, lines: number): Promise<readonly string[]> {
  try {
    return (await Bun.file(path).text()).trimEnd().split("\n").slice(-lines);
  } catch {
    return [];
  }
}
