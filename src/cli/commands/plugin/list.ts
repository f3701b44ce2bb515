import { asBangerError } from "../../../core/api/errors.ts";
import { defineCommand } from "../../command.ts";
import { table } from "../../render/table.ts";
import { jsonFlag } from "../flags.ts";
import { pluginAccount } from "./account.ts";

interface Row {
  readonly name: string;
  readonly enabled: boolean;
  /** Why it is refused; null when it is not. */
  readonly problem: string | null;
  readonly api: string | null;
  readonly summary: string | null;
  readonly digest: string | null;
  readonly path: string | null;
}

export default defineCommand({
  meta: {
    notes: ["Plugins are in ~/.config/banger/plugins. None of their code is run for this."],
    examples: ["banger plugin list", "banger plugin list --json"],
  },
  args: jsonFlag,
  async run({ paths }) {
    const { shelf, pins, builtIn } = await pluginAccount(paths);
    const [{ findPlugins }, { examine, admit }, { refused }] = await Promise.all([
      import("../../../plugins/find.ts"),
      import("../../../plugins/admit.ts"),
      import("../../../plugins/manifest.ts"),
    ]);
    const names = new Set([...findPlugins(shelf.dir).map(({ name }) => name), ...pins.keys()]);
    const rows = [...names].toSorted().map((name): Row => {
      const pin = pins.get(name);
      const row = {
        name,
        enabled: pin !== undefined,
        problem: null,
        api: null,
        summary: null,
        digest: null,
        path: null,
      };
      try {
        if (builtIn.includes(name)) throw refused(name, "a capability that is built in has its name");
        const { manifest, files, place } = pin === undefined ? examine(name, shelf) : admit(name, pin, shelf);
        const { api, summary } = manifest;
        return { ...row, api, summary, digest: files.digest, path: place.root };
      } catch (thrown) {
        return { ...row, problem: asBangerError(thrown).message.replace(`the plugin ${name} is refused: `, "") };
      }
    });
    return {
      json: rows,
      text: ({ columns }) => {
        if (rows.length === 0) return "No plugins. Make one: banger plugin new NAME";
        const columnsOf = [
          { title: "NAME" },
          { title: "STATE" },
          { title: "API" },
          { title: "", shrinks: true },
        ] as const;
        const cells = rows.map(({ name, enabled, problem, api, summary }) => [
          name,
          problem === null ? (enabled ? "enabled" : "not enabled") : "refused",
          api ?? "-",
          problem ?? summary ?? "",
        ]);
        return table(columnsOf, cells, columns);
      },
    };
  },
});
