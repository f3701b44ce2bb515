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
    const on = await source.judge(row);
    const own = checkFindings(key, row, (await capability.doctor?.(host, settings)) ?? []);
    if (own.length > 0) return own;
    return [{ row, status: "pass", message: everywhere && on ? "ready" : "ready for VMs that ask for it" }];
  } catch (thrown) {
    const { message, detail, hint } = blamed(key, "doctor", thrown);
    const more = [...detail, ...(hint === undefined ? [] : [hint])];
    return [{ row, status: everywhere ? "fail" : "warn", message, detail: more }];
  }
}
