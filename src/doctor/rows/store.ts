import { dirname } from "node:path";
import type { Finding } from "../../core/api/capability.ts";
import type { Facts } from "../deps.ts";
import { existing, tilde, unwritable } from "../folders.ts";

/** The state store, and whether the daemon will be able to write beside it. */
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
  const folder = await existing(dirname(paths.database));
  const why = await unwritable(folder);
  if (why !== null) {
    const detail = [`${tilde(folder, paths.home)}: ${why}`];
    return { row, status: "fail", message: `${path} cannot be written`, detail };
  }
  if (state.kind === "missing") return { row, status: "pass", message: `will be created at ${path}` };
  const schema = `${path}, schema ${state.schema}`;
  const message =
    state.kind === "older"
      ? `${schema}: the daemon will migrate it to ${state.current}`
      : `${schema}, ${state.vms} ${state.vms === 1 ? "VM" : "VMs"}`;
  return { row, status: "pass", message };
}
