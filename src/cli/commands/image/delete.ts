import { forEach } from "../../client/each.ts";
import { imagePath } from "../../client/paths.ts";
import { defineCommand } from "../../command.ts";
import { jsonFlag } from "../flags.ts";

export default defineCommand({
  meta: { notes: ["One that is in use is not deleted."], examples: ["banger image list"] },
  args: {
    name: { type: "positional", description: "Names", required: true, multiple: true, completes: "image" },
    ...jsonFlag,
  },
  async run(ctx) {
    return forEach(ctx, ctx.args.name, async (name) => {
      await ctx.daemon.request("DELETE", imagePath(name));
      return null;
    });
  },
});
