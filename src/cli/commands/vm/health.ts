import { formatBytes } from "../../../core/model/size.ts";
import type { GuestHealth } from "../../../rpc/protocol.ts";
import { vmPath } from "../../client/paths.ts";
import { defineCommand } from "../../command.ts";
import { facts } from "../../render/table.ts";
import { duration } from "../../render/time.ts";
import { jsonFlag, vmReference } from "../flags.ts";

export default defineCommand({
  meta: { notes: ["Exits with 1 when the image's init has failed units."], examples: ["banger vm health web"] },
  args: { ...vmReference, ...jsonFlag },
  async run({ daemon, args }) {
    const health = await daemon.request<GuestHealth>("GET", vmPath(args.name, "/query/health"));
    return { json: health, text: () => facts(describe(health)), exit: health.init === "degraded" ? 1 : 0 };
  },
});

function describe(health: GuestHealth): [string, string][] {
  const used = (total: number, available: number): string =>
    `${formatBytes(total - available)} of ${formatBytes(total)} used`;
  return [
    ["init", health.init],
    ["up", duration(health.uptimeMs)],
    ["load", health.load.toFixed(2)],
    ["memory", used(health.memoryTotalBytes, health.memoryAvailableBytes)],
    ["disk", used(health.diskTotalBytes, health.diskAvailableBytes)],
    ["processes", `${health.processes}`],
  ];
}
