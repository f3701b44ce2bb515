import type { Finding } from "../../core/api/capability.ts";
import { checkSocketPath } from "../../host/socket-path.ts";
import type { Facts } from "../deps.ts";
import { describeError } from "../errors.ts";
import { folderObstacle } from "../folders.ts";

/** The longest of the socket names in the folder: a VM's, which begins with its id. */
const vmSocket = "0123456789abcdef/agent.sock";

type DaemonFacts = Pick<Facts, "paths" | "version" | "daemon">;

/** The owner's daemon, and the folder of its sockets. */
export async function daemon({ paths, version, daemon: ask }: DaemonFacts): Promise<Finding> {
  const row = "daemon";
  try {
    checkSocketPath(`${paths.runtimeDir}/${vmSocket}`);
  } catch (error) {
    return { row, status: "fail", message: describeError(error) };
  }
  const detail = await folderObstacle(paths.runtimeDir, { exact: true });
  if (detail !== null) return { row, status: "fail", message: `${paths.runtimeDir} cannot be used`, detail };
  const state = await ask();
  if (state === null) return { row, status: "pass", message: "not running, starts on demand" };
  const { status, busy } = state;
  const running = `pid ${status.pid}, ${status.running} of ${status.vms} VMs running`;
  if (status.version === version) return { row, status: "pass", message: `running, ${running}` };
  const message = `the running daemon has version ${status.version}, this command ${version} (${running})`;
  return busy
    ? { row, status: "fail", message, detail: ["it is at work: wait for that, or see banger daemon status"] }
    : { row, status: "warn", message, detail: ["the next command replaces it; VMs run on"] };
}
