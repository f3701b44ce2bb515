import type { KernelInfo } from "../../../rpc/protocol.ts";
import { defineCommand } from "../../command.ts";
import { jsonFlag } from "../flags.ts";
import { libraryTable } from "../library.ts";

export default defineCommand({
  meta: { examples: ["banger kernel list", "banger kernel list --available"] },
  args: {
    available: { type: "boolean", alias: "a", description: "Also those that can be fetched" },
    quiet: { type: "boolean", alias: "q", description: "Names only" },
    ...jsonFlag,
  },
  async run({ daemon, args }) {
    const all = await daemon.request<readonly KernelInfo[]>("GET", "/v1/kernels");
    const shown = args.available ? all : all.filter(({ local }) => local);
    return {
      json: shown,
      text: ({ columns, now }) => {
        if (args.quiet) return shown.map(({ name }) => name).join("\n");
        if (shown.length === 0) return "No kernels here yet. What there is to fetch: banger kernel list --available";
        return libraryTable(
          shown,
          { title: "VERSION", of: (item) => ("version" in item ? (item.version ?? "-") : "-") },
          now,
          columns,
        );
      },
    };
  },
});
