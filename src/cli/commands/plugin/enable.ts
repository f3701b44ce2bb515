import { writeConfigFile } from "../../../host/write-config-file.ts";
import { formatBytes } from "../../../core/model/size.ts";
import { defineCommand } from "../../command.ts";
import { facts } from "../../render/table.ts";
import { jsonFlag } from "../flags.ts";
import { follow, pluginAccount } from "./account.ts";

export default defineCommand({
  meta: {
    notes: [
      "Shows what it asks for, and pins it in config.toml with a digest of all its files: from now on exactly these may be run. None of its code is run for this.",
      "Once more after a change of its files: what is pinned then is what they are now.",
    ],
    examples: ["banger plugin enable hello"],
  },
  args: {
    name: { type: "positional", description: "The plugin", required: true, completes: "plugin" },
    ...jsonFlag,
  },
  async run(ctx) {
    const { paths, args } = ctx;
    const { name } = args;
    const account = await pluginAccount(paths);
    const { mayEnable } = await import("../../../plugins/enabling.ts");
    const { ownFlags } = await import("../../capability-flags.ts");
    const { manifest, files, place, pin } = mayEnable(name, account, await ownFlags());
    const { withPin } = await import("../../../plugins/pin.ts");
    await writeConfigFile(paths.configFile, withPin(account.text, name, pin));
    await follow(ctx);
    const flags = Object.entries(manifest.flags).map(([flag, { help }]) => `--${flag}  ${help}`);
    return {
      json: {
        name,
        enabled: true,
        manifest,
        path: place.root,
        digest: pin.digest,
        files: files.count,
        bytes: files.bytes,
      },
      text: () =>
        [
          facts([
            ["plugin", `${name}${manifest.summary === "" ? "" : `  ${manifest.summary}`}`],
            ["path", place.root],
            ["files", `${files.count}, ${formatBytes(files.bytes)}, ${files.digest}`],
            ["api", manifest.api],
            ["used by", manifest.default === "on" ? "every VM" : "VMs that ask for it"],
            ...flags.map((line): [string, string] => ["flag", line]),
            ["privileged", manifest.privileged.length === 0 ? "nothing" : manifest.privileged.join(", ")],
          ]),
          `${name} is enabled.`,
        ].join("\n"),
    };
  },
});
