import type { StopRequest, VmInfo } from "../../../rpc/protocol.ts";
import { forEach } from "../../client/each.ts";
import { vmPath } from "../../client/paths.ts";
import { defineCommand } from "../../command.ts";
import { parseDuration } from "../../parse/values.ts";
import { outputFlags, vmReferences } from "../flags.ts";
import { readStart, startFlags } from "./making.ts";

export default defineCommand({
  meta: {
    notes: ["An orderly stop and a new start: what vm set has changed counts from then on."],
    examples: ["banger vm restart web"],
  },
  args: {
    ...vmReferences,
    timeout: { type: "string", valueHint: "TIME", default: "10s", description: "How long the orderly stop may take" },
    ...startFlags,
    ...outputFlags,
  },
  async run(ctx) {
    const request: StopRequest = { ...readStart(ctx.args), timeoutMs: parseDuration(ctx.args.timeout, "--timeout") };
    return forEach(ctx, ctx.args.name, async (reference, onEvent, signal) => {
      const { value } = await ctx.daemon.events<VmInfo>("POST", vmPath(reference, "/restart"), request, {
        onEvent,
        signal,
      });
      return value;
    });
  },
});
