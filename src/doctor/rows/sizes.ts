import type { Finding } from "../../core/api/capability.ts";
import { asBangerError } from "../../core/api/errors.ts";
import { resolveVmDefaults } from "../../core/config/defaults.ts";
import { checkSpec } from "../../core/model/size-check.ts";
import { formatSize } from "../../core/model/size.ts";
import type { Facts } from "../deps.ts";
import { tilde } from "../folders.ts";

/** What size a VM gets by default, and who says so. */
export async function sizes({ config, host, paths }: Pick<Facts, "config" | "host" | "paths">): Promise<Finding> {
  const [cpus, memoryBytes] = await Promise.all([host.cpuCount(), host.memoryBytes()]);
  const { vcpu, memoryMiB, diskBytes } = resolveVmDefaults(config, { cpus, memoryBytes });
  const message = `${vcpu.value} vcpu (${vcpu.origin}) | ${memoryMiB.value} MiB (${memoryMiB.origin}) | ${formatSize(diskBytes.value)} disk (${diskBytes.origin})`;
  const where = `change them under [vm_defaults] in ${tilde(paths.configFile, paths.home)}`;
  try {
    checkSpec({ vcpu: vcpu.value, memoryMiB: memoryMiB.value, diskBytes: diskBytes.value }, { memoryBytes });
    return { row: "vm defaults", status: "pass", message, detail: [where] };
  } catch (error) {
    return { row: "vm defaults", status: "fail", message, detail: [asBangerError(error).message, where] };
  }
}
