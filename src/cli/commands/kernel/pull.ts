import type { KernelInfo, PullRequest } from "../../../rpc/protocol.ts";
import { operate } from "../../client/operate.ts";
import { kernelPath } from "../../client/paths.ts";
import { defineCommand } from "../../command.ts";
import { outputFlags } from "../flags.ts";

export default defineCommand({
  meta: { notes: ["vm run and vm create do this by themselves."], examples: ["banger kernel list --available"] },
  args: {
    name: { type: "positional", description: "The kernel's name", required: true, completes: "kernel" },
    force: { type: "boolean", description: "Also when it is here already" },
    ...outputFlags,
  },
  async run(ctx) {
    const request: PullRequest = ctx.args.force ? { force: true } : {};
    const { value } = await operate<KernelInfo>(ctx, "POST", kernelPath(ctx.args.name, "/pull"), request);
    return { json: value, text: () => "" };
  },
});
