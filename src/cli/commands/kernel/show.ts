import type { KernelInfo } from "../../../rpc/protocol.ts";
import { kernelPath } from "../../client/paths.ts";
import { defineCommand } from "../../command.ts";
import { facts } from "../../render/table.ts";
import { jsonFlag } from "../flags.ts";
import { libraryFacts } from "../library.ts";

export default defineCommand({
  meta: { examples: ["banger kernel list --available"] },
  args: {
    name: { type: "positional", description: "The kernel's name", required: true, completes: "kernel" },
    ...jsonFlag,
  },
  async run({ daemon, args }) {
    const info = await daemon.request<KernelInfo>("GET", kernelPath(args.name));
    return { json: info, text: ({ now }) => facts([...libraryFacts(info, now), ["version", info.version ?? ""]]) };
  },
});
