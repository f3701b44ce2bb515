import type { VmInfo } from "../../../rpc/protocol.ts";
import { forEach } from "../../client/each.ts";
import { vmPath } from "../../client/paths.ts";
import { defineCommand } from "../../command.ts";
import { outputFlags, vmReferences } from "../flags.ts";
import { readStart, startFlags } from "./making.ts";

export default defineCommand({
  meta: { examples: ["banger vm start web", "banger vm start web db --wait boot"] },
  args: { ...vmReferences, ...startFlags, ...outputFlags },
  async run(ctx) {
    const request = readStart(ctx.args);
    return forEach(ctx, ctx.args.name, async (reference, onEvent, signal) => {
      const { value } = await ctx.daemon.events<VmInfo>("POST", vmPath(reference, "/start"), request, {
        onEvent,
        signal,
      });
      return value;
    });
  },
});
