import type { Finding } from "../../core/api/capability.ts";
import type { Host } from "../../core/api/host.ts";
import { checkFindings } from "../../core/engine/answers.ts";
import { blamed } from "../../core/engine/blame.ts";
import type { Plugins, RemoteCapability } from "../../plugins/index.ts";

/** The enabled plugins. */
export type PluginSource = Pick<Plugins, "capabilities" | "judge" | "written">;

/** One row or more a plugin. One that every VM would use and that cannot be used fails; one that a VM has to ask for warns. */
export async function plugins(host: Host, source: PluginSource): Promise<Finding[]> {
  return (await Promise.all(source.capabilities.map((capability) => look(host, source, capability)))).flat();
}

async function look(host: Host, source: PluginSource, capability: RemoteCapability): Promise<readonly Finding[]> {
  const { name: row } = capability;
  const key = `capability/${row}`;
  const settings = source.written(row);
  if (settings["enabled"] === false) return [{ row, status: "pass", message: "turned off" }];
  const everywhere = capability.wanted(settings, {});
  try {
    // By its own word it has no part in a VM that says nothing.
    if (!(await source.judge(row))) return [ready(row, false)];
    const own = checkFindings(key, row, (await capability.doctor?.(host, settings)) ?? []);
    return own.length > 0 ? own : [ready(row, everywhere)];
  } catch (thrown) {
    const { message, detail, hint } = blamed(key, "doctor", thrown);
    const more = [...detail, ...(hint === undefined ? [] : [hint])];
    return [{ row, status: everywhere ? "fail" : "warn", message, detail: more }];
  }
}

function ready(row: string, everywhere: boolean): Finding {
  return { row, status: "pass", message: everywhere ? "ready" : "ready for VMs that ask for it" };
}
