import type { StopRequest, VmInfo } from "../../../rpc/protocol.ts";
import { forEach } from "../../client/each.ts";
import { vmPath } from "../../client/paths.ts";
import { defineCommand } from "../../command.ts";
import { parseDuration } from "../../parse/values.ts";
import { outputFlags, vmReferences } from "../flags.ts";

export default defineCommand({
  meta: {
    notes: [
      "The guest shuts its services down and writes everything out. One that is not done in time is ended as by vm kill.",
    ],
    examples: ["banger vm stop web", "banger vm stop web db --timeout 60s"],
  },
  args: {
    ...vmReferences,
    timeout: { type: "string", valueHint: "TIME", default: "10s", description: "How long an orderly stop may take" },
    ...outputFlags,
  },
  async run(ctx) {
    const request: StopRequest = { timeoutMs: parseDuration(ctx.args.timeout, "--timeout") };
    return forEach(ctx, ctx.args.name, async (reference, onEvent, signal) => {
      const { value } = await ctx.daemon.events<VmInfo>("POST", vmPath(reference, "/stop"), request, {
        onEvent,
        signal,
      });
      return value;
    });
  },
});
