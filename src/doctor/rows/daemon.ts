import { lstat } from "node:fs/promises";
import type { Finding } from "../../core/api/capability.ts";
import type { Facts } from "../deps.ts";
import { existing, unwritable } from "../folders.ts";

type DaemonFacts = Pick<Facts, "paths" | "user" | "version" | "daemonStatus">;

/** The owner's daemon, and the folder of its sockets. */
export async function daemon({ paths, user, version, daemonStatus }: DaemonFacts): Promise<Finding> {
  const row = "daemon";
  const obstacle = await folderObstacle(paths, user.uid);
  if (obstacle !== null) return { row, status: "fail", ...obstacle };
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

/** Why no socket can be made, or nobody should trust one that is there. */
async function folderObstacle(
  { runtimeDir, socket }: Facts["paths"],
  uid: number,
): Promise<Pick<Finding, "message" | "detail"> | null> {
  const bytes = Buffer.byteLength(socket);
  if (bytes > 107) {
    return {
      message: `the socket's path is ${bytes} bytes long, Linux allows 107`,
      detail: [socket, "set XDG_RUNTIME_DIR to a shorter path"],
    };
  }
  const stat = await lstat(runtimeDir).catch(() => null);
  if (stat === null) {
    const folder = await existing(runtimeDir);
    const why = await unwritable(folder);
    return why === null ? null : { message: `${runtimeDir} cannot be made`, detail: [`${folder}: ${why}`] };
  }
  if (!stat.isDirectory()) return { message: `${runtimeDir} is not a directory`, detail: ["move it away"] };
  if (stat.uid !== uid)
    return {
      message: `${runtimeDir} belongs to another user (uid ${stat.uid})`,
      detail: ["set XDG_RUNTIME_DIR to a directory of your own"],
    };
  if ((stat.mode & 0o077) !== 0)
    return { message: `${runtimeDir} is open to other users`, detail: [`chmod 700 ${runtimeDir}`] };
  return null;
}
