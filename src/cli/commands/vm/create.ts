import type { VmInfo } from "../../../rpc/protocol.ts";
import { operate } from "../../client/operate.ts";
import { defineCommand } from "../../command.ts";
import { outputFlags } from "../flags.ts";
import { makingFlags, readMaking } from "./making.ts";

export default defineCommand({
  meta: {
    capabilityFlags: true,
    notes: ["Its name goes to stdout."],
    examples: ["banger vm create --name web --memory 1G", "banger vm create --no-start"],
  },
  args: {
    ...makingFlags,
    start: { type: "boolean", default: true, description: "Make it only", group: "Start" },
    ...outputFlags,
  },
  async run(ctx) {
    const request = { ...(await readMaking(ctx)), start: ctx.args.start };
    const { value } = await operate<VmInfo>(ctx, "POST", "/v1/vms", request);
    return { json: value, text: () => value.name };
  },
});
