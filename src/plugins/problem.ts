import { BangerError } from "../core/api/errors.ts";
import type { JsonObject } from "../core/api/json.ts";
import { locate } from "../core/config/locate.ts";
import { showPath, type Problem } from "../core/config/problems.ts";
import type { RemoteCapability } from "./capability.ts";

interface Complaint {
  readonly capability: Pick<RemoteCapability, "name" | "flags">;
  readonly problems: readonly Problem[];
  /** What is set for one VM. */
  readonly flags: JsonObject;
  /** Of config.toml. */
  readonly text: string;
}

/** What a plugin does not take of its configuration: each key with its line in config.toml, or the flag that set it. Pure. */
export function configProblem({ capability, problems, flags, text }: Complaint): BangerError {
  const { name, flags: defs = {} } = capability;
  const lineOf = locate(text);
  const flagOf = ([first]: Problem["path"]): string | undefined =>
    Object.entries(defs).find(([, { key }]) => key === first && Object.hasOwn(flags, key))?.[0];
  const byFlag = problems.flatMap(({ path, message }) => {
    const flag = flagOf(path);
    return flag === undefined ? [] : [`--${[flag, ...path.slice(1)].join(".")}: ${message}`];
  });
  if (byFlag.length > 0) return new BangerError("BAD_REQUEST", `${byFlag.join("; ")} (capability/${name})`);
  const detail = problems.map(({ path, what }) => {
    const key = ["capabilities", name, ...path];
    return `${showPath(key)}: ${what} (config.toml:${lineOf(key)})`;
  });
  return new BangerError("CONFIG_INVALID", `the configuration of capability/${name} is not valid`, { detail });
}
