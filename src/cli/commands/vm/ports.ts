import type { VmPort } from "../../../rpc/protocol.ts";
import { vmPath } from "../../client/paths.ts";
import { defineCommand } from "../../command.ts";
import { table } from "../../render/table.ts";
import { jsonFlag, vmReference } from "../flags.ts";

const columns = [
  { title: "PROTOCOL" },
  { title: "ADDRESS", shrinks: true },
  { title: "PORT", align: "right" },
  { title: "FROM HERE" },
  { title: "PROCESS", shrinks: true },
  { title: "PID", align: "right" },
] as const;

export default defineCommand({
  meta: {
    notes: [
      "ADDRESS and PORT are the guest's own. FROM HERE is where this host reaches the port; the rest goes through banger vm proxy NAME PORT.",
    ],
    examples: ["banger vm ports web"],
  },
  args: { ...vmReference, ...jsonFlag },
  async run({ daemon, args }) {
    const open = await daemon.request<readonly VmPort[]>("GET", vmPath(args.name, "/query/ports"));
    const ports = open.map(({ host = null, note = null, ...port }) => ({ ...port, host, note }));
    return {
      json: ports,
      text: ({ columns: screen }) => {
        if (ports.length === 0) return "Nothing listens.";
        const rows = ports.map(({ protocol, address, port, host, process, pid }) => [
          protocol,
          address,
          `${port}`,
          host === null ? "-" : `${host.address}:${host.port}`,
          process ?? "-",
          pid === undefined ? "-" : `${pid}`,
        ]);
        return [table(columns, rows, screen), ...notes(ports)].join("\n");
      },
    };
  },
});

/** One line for each reason: `22, 80: ports below 1024 need root on the host`. */
function notes(ports: readonly { readonly port: number; readonly note: string | null }[]): string[] {
  const byNote = new Map<string, Set<number>>();
  for (const { port, note } of ports) if (note !== null) byNote.set(note, (byNote.get(note) ?? new Set()).add(port));
  return [...byNote].map(([note, numbers]) => `${[...numbers].join(", ")}: ${note}`);
}
