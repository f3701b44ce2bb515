import { defineCommand } from "../../command.ts";
import { jsonFlag } from "../flags.ts";

export default defineCommand({
  meta: { notes: ["Editors that know JSON Schema check config.toml with it."], examples: ["banger config schema"] },
  args: { json: { ...jsonFlag.json, description: "On one line" } },
  async run() {
    const [{ configSchema }, { sectionsOf }, { createTroupe }] = await Promise.all([
      import("../../../core/config/reference.ts"),
      import("../../../core/config/index.ts"),
      import("../../../builtins.ts"),
    ]);
    const schema = configSchema(sectionsOf(createTroupe()));
    return { json: schema, text: () => JSON.stringify(schema, null, 2) };
  },
});
