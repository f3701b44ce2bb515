import { createHost } from "../../../host/index.ts";
import { defineCommand } from "../../command.ts";
import { facts } from "../../render/table.ts";
import { jsonFlag } from "../flags.ts";
import { pluginAccount } from "./account.ts";

export default defineCommand({
  meta: {
    notes: [
      "Looks at its files and its manifest, loads its code in a process of its own and checks its table of config.toml. What the code prints comes on stderr.",
    ],
    examples: ["banger plugin check hello"],
  },
  args: {
    name: { type: "positional", description: "The plugin, enabled or not", required: true, completes: "plugin" },
    ...jsonFlag,
  },
  async run(ctx) {
    const { paths, args, io } = ctx;
    const account = await pluginAccount(paths);
    const { checkPlugin } = await import("../../../plugins/check.ts");
    const { ownFlags } = await import("../../capability-flags.ts");
    const taken = await ownFlags();
    const host = createHost({ env: io.env, self: io.self });
    const { name } = args;
    const setting = { ...account, taken, host, env: io.env, self: io.self };
    const { manifest, description, files } = await checkPlugin(name, setting);
    const { stages, undos, queries, members, config } = description;
    return {
      json: { name, manifest, ...description, digest: files.digest },
      text: () =>
        [
          facts([
            ["plugin", `${name}${manifest.summary === "" ? "" : `  ${manifest.summary}`}`],
            ["files", `${files.count}, ${files.digest}`],
            ["stages", stages.join(", ")],
            ["undos", undos.join(", ")],
            ["queries", queries.join(", ")],
            ["others", members.join(", ")],
            ["settings", Object.keys((config?.["properties"] as object | undefined) ?? {}).join(", ")],
            ["privileged", manifest.privileged.join(", ")],
          ]),
          `${name} can be loaded.`,
        ].join("\n"),
    };
  },
});
