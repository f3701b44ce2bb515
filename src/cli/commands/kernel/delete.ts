import { forEach } from "../../client/each.ts";
import { kernelPath } from "../../client/paths.ts";
import { defineCommand } from "../../command.ts";
import { jsonFlag } from "../flags.ts";

export default defineCommand({
  meta: { notes: ["One that is in use is not deleted."], examples: ["banger kernel list"] },
  args: {
    name: { type: "positional", description: "Names", required: true, multiple: true, completes: "kernel" },
    ...jsonFlag,
  },
  async run(ctx) {
    return forEach(ctx, ctx.args.name, async (name) => {
      await ctx.daemon.request("DELETE", kernelPath(name));
      return null;
    });
  },
});
