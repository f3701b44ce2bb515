import type { PluginEffects } from "../../../rpc/protocol.ts";
import { confirm } from "../../client/confirm.ts";
import { defineCommand } from "../../command.ts";
import { usage } from "../../parse/usage.ts";
import { jsonFlag } from "../flags.ts";

export default defineCommand({
  meta: {
    notes: [
      "Drops from the journal what a plugin has set up that is not enabled any more. It is not undone: what it made on this host stays as it is.",
      "Enabling it again, and stopping the VMs then, undoes it instead.",
    ],
    examples: ["banger plugin forget hello", "banger plugin forget --force hello"],
  },
  args: {
    name: { type: "positional", description: "The plugin", required: true },
    force: { type: "boolean", alias: "f", description: "Do not ask" },
    ...jsonFlag,
  },
  async run(ctx) {
    const { args, daemon, command } = ctx;
    const { name, force } = args;
    const path = `/v1/plugins/${encodeURIComponent(name)}`;
    const open = await daemon.request<readonly PluginEffects[]>("GET", `${path}/effects`);
    const vms = open.map(({ vm }) => vm).join(", ");
    if (open.length > 0 && !force) {
      const answer = await confirm(ctx, `Drop what ${name} has set up for ${vms} without undoing it?`);
      if (answer === null) throw usage(command, "there is no terminal to ask", `banger plugin forget --force ${name}`);
      if (!answer) return 1;
    }
    const dropped = await daemon.request<readonly PluginEffects[]>("POST", `${path}/forget`);
    return {
      json: { name, dropped },
      text: () => (dropped.length === 0 ? `The journal has nothing of ${name}.` : `Forgotten for ${vms}.`),
    };
  },
});
