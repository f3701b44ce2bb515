import type { ImageInfo, PullRequest } from "../../../rpc/protocol.ts";
import { operate } from "../../client/operate.ts";
import { imagePath } from "../../client/paths.ts";
import { defineCommand } from "../../command.ts";
import { outputFlags } from "../flags.ts";

export default defineCommand({
  meta: { notes: ["vm run and vm create do this by themselves."], examples: ["banger image list --available"] },
  args: {
    name: { type: "positional", description: "The image's name", required: true, completes: "image" },
    force: { type: "boolean", description: "Also when it is here already" },
    ...outputFlags,
  },
  async run(ctx) {
    const request: PullRequest = ctx.args.force ? { force: true } : {};
    const { value } = await operate<ImageInfo>(ctx, "POST", imagePath(ctx.args.name, "/pull"), request);
    return { json: value, text: () => "" };
  },
});
