import { driverOptions } from "../../core/config/config.ts";
import type { Finding } from "../../core/api/capability.ts";
import { checkFindings } from "../../core/engine/answers.ts";
import { blamed } from "../../core/engine/blame.ts";
import type { Facts } from "../deps.ts";

type PartsFacts = Pick<Facts, "host" | "config" | "troupe">;

/** What the configured storage and network drivers say of themselves. */
export async function drivers({ host, config, troupe }: PartsFacts): Promise<Finding[]> {
  const families = [
    { row: "storage", members: troupe.storage, chosen: config.storage },
    { row: "network", members: troupe.network, chosen: config.network },
  ];
  const findings = families.map(async ({ row, members, chosen }) => {
    const driver = members.find(({ name }) => name === chosen.driver);
    const own = (await driver?.doctor?.(host, driverOptions(chosen, chosen.driver))) ?? [];
    return own.length > 0 ? own : [{ row, status: "pass" as const, message: chosen.driver }];
  });
  return (await Promise.all(findings)).flat();
}

/** One row or more a capability; one that is turned off says so, one that cannot be asked keeps nothing back of the others. */
export async function capabilities({ host, config, troupe }: PartsFacts): Promise<Finding[]> {
  const findings = troupe.capabilities.map(async (capability): Promise<readonly Finding[]> => {
    const { name } = capability;
    const settings = config.capabilities[name];
    if ((settings as { enabled?: unknown } | undefined)?.enabled === false)
      return [{ row: name, status: "pass", message: "turned off" }];
    const key = `capability/${name}`;
    try {
      const own = checkFindings(key, name, (await capability.doctor?.(host, settings)) ?? []);
      return own.length > 0 ? own : [{ row: name, status: "pass", message: "ready" }];
    } catch (thrown) {
      return [{ row: name, status: "fail", message: blamed(key, "doctor", thrown).message }];
    }
  });
  return (await Promise.all(findings)).flat();
}
