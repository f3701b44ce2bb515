import type { Finding } from "../../core/api/capability.ts";
import { asBangerError } from "../../core/api/errors.ts";
import { existing, tilde } from "../folders.ts";
import type { DoctorDeps } from "../deps.ts";

/** The row of config.toml; `problem` is what reading it threw, or null. */
export async function configuration(deps: Pick<DoctorDeps, "paths">, problem: unknown): Promise<Finding> {
  const row = "config";
  const path = tilde(deps.paths.configFile, deps.paths.home);
  if (problem === null) {
    const there = (await existing(deps.paths.configFile)) === deps.paths.configFile;
    return { row, status: "pass", message: there ? path : `no ${path}: the defaults hold` };
  }
  const { message, detail } = asBangerError(problem);
  return {
    row,
    status: "fail",
    message: message.replace(deps.paths.configFile, path),
    detail: [...detail, "the other rows go by the defaults"],
  };
}
