import { BangerError } from "../../../core/api/errors.ts";
import type { KillRequest, VmInfo } from "../../../rpc/protocol.ts";
import { forEach } from "../../client/each.ts";
import { vmPath } from "../../client/paths.ts";
import { defineCommand } from "../../command.ts";
import { outputFlags, vmReferences } from "../flags.ts";

const signals = ["KILL", "TERM", "INT", "QUIT", "HUP"] as const;

export default defineCommand({
  meta: {
    notes: ["What the guest has not written out is lost; what it has is not. vm stop is the orderly way."],
    examples: ["banger vm kill web", "banger vm kill --signal TERM web"],
  },
  args: {
    ...vmReferences,
    signal: {
      type: "string",
      valueHint: "NAME",
      default: "KILL",
      completes: signals,
      description: `Signal to its VMM: ${signals.join(", ")}`,
    },
    ...outputFlags,
  },
  async run(ctx) {
    const request: KillRequest = { signal: readSignal(ctx.args.signal) };
    return forEach(ctx, ctx.args.name, async (reference, onEvent, signal) => {
      const { value } = await ctx.daemon.events<VmInfo>("POST", vmPath(reference, "/kill"), request, {
        onEvent,
        signal,
      });
      return value;
    });
  },
});

function readSignal(text: string): string {
  const name = text.toUpperCase().replace(/^SIG/, "");
  if (signals.some((one) => one === name)) return name;
  throw new BangerError("USAGE", `--signal ${JSON.stringify(text)} cannot be sent to a VMM`, {
    hint: `one of ${signals.join(", ")}`,
  });
}
