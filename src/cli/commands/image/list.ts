import type { ImageInfo } from "../../../rpc/protocol.ts";
import { defineCommand } from "../../command.ts";
import { jsonFlag } from "../flags.ts";
import { libraryTable } from "../library.ts";

export default defineCommand({
  meta: { examples: ["banger image list", "banger image list --available"] },
  args: {
    available: { type: "boolean", alias: "a", description: "Also those that can be fetched" },
    quiet: { type: "boolean", alias: "q", description: "Names only" },
    ...jsonFlag,
  },
  async run({ daemon, args }) {
    const all = await daemon.request<readonly ImageInfo[]>("GET", "/v1/images");
    const shown = args.available ? all : all.filter(({ local }) => local);
    return {
      json: shown,
      text: ({ columns, now }) => {
        if (args.quiet) return shown.map(({ name }) => name).join("\n");
        if (shown.length === 0) return "No images here yet. What there is to fetch: banger image list --available";
        return libraryTable(
          shown,
          { title: "DISTRO", of: (item) => ("distro" in item ? item.distro : "") },
          now,
          columns,
        );
      },
    };
  },
});
