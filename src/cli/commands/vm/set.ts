import type { VmInfo } from "../../../rpc/protocol.ts";
import { forEach } from "../../client/each.ts";
import { vmPath } from "../../client/paths.ts";
import { defineCommand } from "../../command.ts";
import { readCapabilitySettings } from "../../capability-flags.ts";
import { usage } from "../../parse/usage.ts";
import { outputFlags, vmReferences } from "../flags.ts";
import { readSizes, sizeFlags } from "./sizes.ts";

const { vcpu, memory, "disk-size": disk } = sizeFlags;
/** Without the defaults: what is not given stays as it is. */
const changes = {
  vcpu: { type: "string", valueHint: vcpu.valueHint, description: vcpu.description },
  memory: { type: "string", valueHint: memory.valueHint, description: memory.description },
  "disk-size": { type: "string", valueHint: disk.valueHint, description: `${disk.description}; it can only grow` },
} as const;

export default defineCommand({
  meta: {
    capabilityFlags: true,
    notes: ["Sizes count from the next start on; capabilities of a running VM follow at once."],
    examples: ["banger vm set web --memory 2G", "banger vm set web db --vcpu 2"],
  },
  args: { ...vmReferences, ...changes, ...outputFlags },
  async run(ctx) {
    const sizes = await readSizes(ctx.args);
    const request = { ...sizes, ...(await readCapabilitySettings(ctx)) };
    if (Object.keys(request).length === 0)
      throw usage(ctx.command, "nothing to change is given", "--vcpu, --memory or --disk-size");
    return forEach(ctx, ctx.args.name, async (reference, onEvent, signal) => {
      const { value: vm } = await ctx.daemon.events<VmInfo>("PATCH", vmPath(reference), request, { onEvent, signal });
      if (vm.state === "running" && Object.keys(sizes).length > 0) {
        onEvent({
          type: "notice",
          level: "info",
          message: `${vm.name} is running: it counts after banger vm restart ${vm.name}`,
        });
      }
      return vm;
    });
  },
});
