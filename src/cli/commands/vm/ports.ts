import type { GuestPort } from "../../../rpc/protocol.ts";
import { vmPath } from "../../client/paths.ts";
import { defineCommand } from "../../command.ts";
import { table } from "../../render/table.ts";
import { jsonFlag, vmReference } from "../flags.ts";

const columns = [
  { title: "PROTOCOL" },
  { title: "ADDRESS" },
  { title: "PORT", align: "right" },
  { title: "PROCESS" },
  { title: "PID", align: "right" },
] as const;

export default defineCommand({
  meta: { examples: ["banger vm ports web"] },
  args: { ...vmReference, ...jsonFlag },
  async run({ daemon, args }) {
    const ports = await daemon.request<readonly GuestPort[]>("GET", vmPath(args.name, "/query/ports"));
    return {
      json: ports,
      text: ({ columns: screen }) => {
        if (ports.length === 0) return "Nothing listens.";
        const rows = ports.map(({ protocol, address, port, process, pid }) => [
          protocol,
          address,
          `${port}`,
          process ?? "-",
          pid === undefined ? "-" : `${pid}`,
        ]);
        return table(columns, rows, screen);
      },
    };
  },
});
