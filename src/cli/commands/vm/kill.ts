import { BangerError } from "../../../core/api/errors.ts";
import { killSignals, type KillRequest, type KillSignal, type VmInfo } from "../../../rpc/protocol.ts";
import { forEach } from "../../client/each.ts";
import { vmPath } from "../../client/paths.ts";
import { defineCommand } from "../../command.ts";
import { outputFlags, vmReferences } from "../flags.ts";

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
      completes: killSignals,
      description: `Signal to its VMM: ${killSignals.join(", ")}`,
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

function readSignal(text: string): KillSignal {
  const name = text.toUpperCase().replace(/^SIG/, "");
  const signal = killSignals.find((one) => one === name);
  if (signal !== undefined) return signal;
  throw new BangerError("USAGE", `--signal ${JSON.stringify(text)} cannot be sent to a VMM`, {
    hint: `one of ${killSignals.join(", ")}`,
  });
}
