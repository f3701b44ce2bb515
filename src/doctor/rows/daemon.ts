import type { Finding } from "../../core/api/capability.ts";
import { checkSocketPath } from "../../host/socket-path.ts";
import type { Facts } from "../deps.ts";
import { describeError } from "../errors.ts";
import { folderObstacle } from "../folders.ts";

type DaemonFacts = Pick<Facts, "paths" | "version" | "daemonStatus">;

/** The owner's daemon, and the folder of its sockets. */
export async function daemon({ paths, version, daemonStatus }: DaemonFacts): Promise<Finding> {
  const row = "daemon";
  try {
    checkSocketPath(paths.socket);
  } catch (error) {
    return { row, status: "fail", message: describeError(error) };
  }
  const detail = await folderObstacle(paths.runtimeDir);
  if (detail !== null) return { row, status: "fail", message: `${paths.runtimeDir} cannot be used`, detail };
  const status = await daemonStatus();
  if (status === null) return { row, status: "pass", message: "not running, starts on demand" };
  const running = `pid ${status.pid}, ${status.running} of ${status.vms} VMs running`;
  if (status.version === version) return { row, status: "pass", message: `running, ${running}` };
  return {
    row,
    status: "fail",
    message: `the running daemon is ${status.version}, this is ${version} (${running})`,
    detail: ["VMs run on while the daemon is stopped; the next command starts the new one"],
    fix: ["banger", "daemon", "stop"],
  };
}
