import type { Capability } from "../api/capability.ts";
import { BangerError } from "../api/errors.ts";

type Ordered = Pick<Capability, "name" | "after" | "requires" | "conflicts">;

/**
 * Capabilities in the order in which their stages run: each after those it names in `after` and `requires`, otherwise as
 * given. Throws CAPABILITY_FAILED for a name given twice, a missing requirement, a conflict or a cycle.
 */
export function orderCapabilities<T extends Ordered>(capabilities: readonly T[]): readonly T[] {
  const byName = new Map<string, T>();
  for (const capability of capabilities) {
    if (byName.has(capability.name)) throw refusal(`two capabilities are called ${capability.name}`);
    byName.set(capability.name, capability);
  }
  for (const { name, requires = [], conflicts = [] } of capabilities) {
    const missing = requires.find((other) => !byName.has(other));
    if (missing !== undefined) throw refusal(`the capability ${name} requires ${missing}, which is not enabled`);
    const enemy = conflicts.find((other) => byName.has(other));
    if (enemy !== undefined) throw refusal(`the capabilities ${name} and ${enemy} exclude each other`);
  }
  const done = new Set<string>();
  const ordered: T[] = [];
  const visit = (capability: T, path: readonly string[]): void => {
    if (done.has(capability.name)) return;
    const trail = [...path, capability.name];
    if (path.includes(capability.name)) throw refusal(`the capabilities' order is a circle: ${trail.join(" after ")}`);
    for (const other of [...(capability.after ?? []), ...(capability.requires ?? [])]) {
      const earlier = byName.get(other);
      if (earlier !== undefined) visit(earlier, trail);
    }
    done.add(capability.name);
    ordered.push(capability);
  };
  for (const capability of capabilities) visit(capability, []);
  return ordered;
}

function refusal(message: string): BangerError {
  return new BangerError("CAPABILITY_FAILED", message, { hint: "see [capabilities] in config.toml" });
}
