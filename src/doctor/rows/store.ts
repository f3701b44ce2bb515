import type { Finding } from "../../core/api/capability.ts";
import type { Facts } from "../deps.ts";
import { folderObstacle, tilde } from "../folders.ts";

/** The state store, and whether the daemon can write beside it. */
export async function store({ paths, inspectStore }: Pick<Facts, "paths" | "inspectStore">): Promise<Finding> {
  const row = "state store";
  const path = tilde(paths.database, paths.home);
  const state = await inspectStore(paths.database);
  if (state.kind === "unusable") {
    return {
      row,
      status: "fail",
      message: `${path} ${state.reason}`,
      detail: state.hint === undefined ? [] : [state.hint],
    };
  }
  for (const folder of [paths.stateDir, paths.vmsDir, paths.cacheDir]) {
    const detail = await folderObstacle(folder);
    if (detail !== null) return { row, status: "fail", message: `${tilde(folder, paths.home)} cannot be used`, detail };
  }
  if (state.kind === "missing") return { row, status: "pass", message: `will be created at ${path}` };
  const schema = `${path}, schema ${state.schema}`;
  const message =
    state.kind === "older"
      ? `${schema}: the daemon will migrate it to ${state.current}`
      : `${schema}, ${state.vms} ${state.vms === 1 ? "VM" : "VMs"}`;
  return { row, status: "pass", message };
}
