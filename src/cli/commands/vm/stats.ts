import { formatBytes } from "../../../core/model/size.ts";
import type { VmInfo, VmStats } from "../../../rpc/protocol.ts";
import { vmPath } from "../../client/paths.ts";
import { defineCommand } from "../../command.ts";
import { table } from "../../render/table.ts";
import { toldByCapabilities } from "../../render/told.ts";
import { duration } from "../../render/time.ts";
import { jsonFlag } from "../flags.ts";

const columns = [
  { title: "NAME", shrinks: true },
  { title: "UP", align: "right" },
  { title: "CPU TIME", align: "right" },
  { title: "MEMORY", align: "right" },
  { title: "OF", align: "right" },
  { title: "DISK", align: "right" },
  { title: "LOAD", align: "right" },
] as const;

export default defineCommand({
  meta: {
    notes: [
      "CPU time and memory are those of the VMM's process on the host, disk is what the VM's files take there. Without names: all that run.",
    ],
    examples: ["banger vm stats", "banger vm stats web --json"],
  },
  args: {
    name: {
      type: "positional",
      description: "Names, ids, or beginnings of ids",
      multiple: true,
      completes: "running-vm",
    },
    ...jsonFlag,
  },
  async run({ daemon, args }) {
    const references =
      args.name.length > 0 ? args.name : await running(() => daemon.request<readonly VmInfo[]>("GET", "/v1/vms"));
    const stats = await Promise.all(
      references.map((reference) => daemon.request<VmStats>("GET", vmPath(reference, "/stats"))),
    );
    return {
      json: stats,
      text: ({ columns: screen }) =>
        stats.length === 0
          ? "No VM is running."
          : [table(columns, stats.map(row), screen), ...stats.flatMap(more)].join("\n\n"),
    };
  },
});

async function running(list: () => Promise<readonly VmInfo[]>): Promise<readonly string[]> {
  return (await list()).filter(({ state }) => state === "running").map(({ id }) => id);
}

function row({ name, uptimeMs, cpuMs, memoryPssBytes, memoryMiB, diskUsedBytes, guest }: VmStats): string[] {
  const load = guest === null ? "-" : guest.load.toFixed(2);
  return [
    name,
    duration(uptimeMs),
    duration(cpuMs),
    formatBytes(memoryPssBytes),
    `${memoryMiB} MiB`,
    formatBytes(diskUsedBytes),
    load,
  ];
}

/** Below the table, what capabilities count; with the VM's name where it is not plain whose it is. */
function more(stats: VmStats): string[] {
  return toldByCapabilities(stats, `${stats.name} `);
}
