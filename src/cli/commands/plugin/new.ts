import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BangerError } from "../../../core/api/errors.ts";
import { ensurePrivateDir } from "../../../host/private-dir.ts";
import { defineCommand } from "../../command.ts";
import { usage } from "../../parse/usage.ts";
import { jsonFlag } from "../flags.ts";
import { pluginAccount } from "./account.ts";

export default defineCommand({
  meta: {
    notes: ["Makes a folder in ~/.config/banger/plugins with a plugin that works, and a test of it."],
    examples: ["banger plugin new hello", "banger plugin enable hello"],
  },
  args: {
    name: { type: "positional", description: "1 to 40 of a-z, 0-9 and -", required: true },
    ...jsonFlag,
  },
  async run({ args: { name }, command, paths }) {
    const [{ skeleton }, { pluginName }, { findPlugins }] = await Promise.all([
      import("../../../plugins/skeleton.ts"),
      import("../../../plugins/manifest.ts"),
      import("../../../plugins/find.ts"),
    ]);
    if (!pluginName.test(name))
      throw usage(
        command,
        `${JSON.stringify(name)} is no name for a plugin: 1 to 40 of a-z, 0-9 and -, with a letter first`,
      );
    const { shelf, builtIn } = await pluginAccount(paths);
    const taken = builtIn.includes(name)
      ? `a capability that is built in is called ${name}`
      : findPlugins(shelf.dir).some((place) => place.name === name)
        ? `there is a plugin called ${name} already`
        : null;
    if (taken !== null) throw new BangerError("FILE_EXISTS", taken, { hint: "another name will do" });
    await ensurePrivateDir(shelf.dir);
    const folder = join(shelf.dir, name);
    await mkdir(folder, { mode: 0o700 });
    const files = Object.entries(skeleton(name));
    for (const [path, text] of files) await writeFile(join(folder, path), text, { mode: 0o600 });
    return {
      json: { name, path: folder, files: files.map(([path]) => path) },
      text: () =>
        `${folder} has ${files.map(([path]) => path).join(", ")}.\nLook at it, then: banger plugin enable ${name}`,
    };
  },
});
