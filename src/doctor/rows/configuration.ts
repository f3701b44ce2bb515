import type { Finding } from "../../core/api/capability.ts";
import { asBangerError } from "../../core/api/errors.ts";
import { tilde } from "../folders.ts";
import type { DoctorDeps } from "../deps.ts";

/** The row of config.toml; `problem` is what reading it threw, or null. */
export async function configuration(deps: Pick<DoctorDeps, "paths">, problem: unknown): Promise<Finding> {
  const row = "config";
  const path = tilde(deps.paths.configFile, deps.paths.home);
  if (problem === null) return { row, status: "pass", message: `${path} or, without it, the defaults` };
  const { message, detail } = asBangerError(problem);
  return {
    row,
    status: "fail",
    message: message.replace(deps.paths.configFile, path),
    detail: [...detail, "the other rows go by the defaults"],
  };
}
