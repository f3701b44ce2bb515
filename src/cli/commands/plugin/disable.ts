import { BangerError } from "../../../core/api/errors.ts";
import { writeConfigFile } from "../../../host/write-config-file.ts";
import type { PluginEffects } from "../../../rpc/protocol.ts";
import { defineCommand } from "../../command.ts";
import { jsonFlag } from "../flags.ts";
import { askRunning, follow, pluginAccount } from "./account.ts";

export default defineCommand({
  meta: {
    notes: [
      "Its files and its configuration stay. What it has set up for VMs stays too, until it is enabled again or forgotten: stop them first.",
    ],
    examples: ["banger plugin disable hello"],
  },
  args: {
    name: { type: "positional", description: "The plugin", required: true, completes: "plugin" },
    ...jsonFlag,
  },
  async run(ctx) {
    const { paths, args, reporter } = ctx;
    const { name } = args;
    const { text, pins } = await pluginAccount(paths);
    if (!pins.has(name)) {
      throw new BangerError("PLUGIN_NOT_FOUND", `no plugin called ${name} is enabled`, {
        hint: pins.size === 0 ? "banger plugin list shows what there is" : `there is ${[...pins.keys()].join(", ")}`,
      });
    }
    const { withoutPin } = await import("../../../plugins/pin.ts");
    await writeConfigFile(paths.configFile, withoutPin(text, name));
    await follow(ctx);
    const open = (await askRunning<readonly PluginEffects[]>(ctx, "GET", `/v1/plugins/${name}/effects`)) ?? [];
    if (open.length > 0) {
      const message = `${open.map(({ vm }) => vm).join(", ")}: what ${name} has set up stays until it is enabled again, or: banger plugin forget ${name}`;
      reporter.event({ type: "notice", level: "warning", message });
    }
    return { json: { name, enabled: false, effects: open }, text: () => `${name} is not enabled any more.` };
  },
});
