import { BangerError } from "../core/api/errors.ts";
import type { JsonObject } from "../core/api/json.ts";
import { locate } from "../core/config/locate.ts";
import type { Issues, RemoteCapability } from "./capability.ts";

interface Complaint {
  readonly capability: Pick<RemoteCapability, "name" | "flags">;
  readonly issues: Issues;
  /** What is set for one VM. */
  readonly flags: JsonObject;
  /** Of config.toml. */
  readonly text: string;
}

/** What a plugin does not take of its configuration: each key with its line in config.toml, or the flag that set it. Pure. */
export function configProblem({ capability: { name, flags: defs = {} }, issues, flags, text }: Complaint): BangerError {
  const lineOf = locate(text);
  let byFlag = false;
  const detail = issues.map(({ message, path = [] }) => {
    const own = path.map((part) => (typeof part === "object" ? part.key : part) as string | number);
    const flag = Object.entries(defs).find(([, { key }]) => key === own[0] && Object.hasOwn(flags, key))?.[0];
    byFlag ||= flag !== undefined;
    if (flag !== undefined) return `--${[flag, ...own.slice(1)].join(".")}: ${message}`;
    const key = ["capabilities", name, ...own];
    return `${key.join(".")}: ${message} (config.toml:${lineOf(key)})`;
  });
  if (byFlag) return new BangerError("BAD_REQUEST", `${detail.join("; ")} (the plugin ${name})`);
  return new BangerError("CONFIG_INVALID", `the configuration of the plugin ${name} is not valid`, { detail });
}
