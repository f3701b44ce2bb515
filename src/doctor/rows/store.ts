import type { Finding } from "../../core/api/capability.ts";
import type { Facts } from "../deps.ts";
import { folderObstacle, tilde } from "../folders.ts";

/** The state store, and whether the daemon can write beside it. */
export async function store({ paths, inspectStore }: Pick<Facts, "paths" | "inspectStore">): Promise<Finding> {
  const row = "state store";
  const path = tilde(paths.database, paths.home);
  const report = await inspectStore(paths.database);
  if (report.state === "unusable") return { row, status: "fail", message: `${path} ${report.reason}` };
  if (report.state === "corrupt") {
    const detail = [
      "restore it from a backup, or stop the daemon and move it and its -wal file aside:",
      "banger then begins anew and no longer knows its VMs",
    ];
    return { row, status: "fail", message: `${path} ${report.reason}`, detail };
  }
  const schema = report.state === "missing" ? "" : `${path}, schema ${report.version}`;
  if (report.state === "newer") {
    const detail = [`this banger knows schemas up to ${report.known}: use the one that wrote it, or a newer one`];
    return { row, status: "fail", message: schema, detail };
  }
  for (const folder of [paths.stateDir, paths.vmsDir, paths.cacheDir]) {
    const detail = await folderObstacle(folder, { owner: paths.service?.uid });
    if (detail !== null) return { row, status: "fail", message: `${tilde(folder, paths.home)} cannot be used`, detail };
  }
  if (report.state === "missing") return { row, status: "pass", message: `will be created at ${path}` };
  const message =
    report.state === "older"
      ? `${schema}: the daemon will migrate it to ${report.known}`
      : `${schema}, ${report.vms} ${report.vms === 1 ? "VM" : "VMs"}`;
  return { row, status: "pass", message };
}
