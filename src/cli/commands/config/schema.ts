import { asBangerError } from "../../../core/api/errors.ts";
import type { StandardSchema } from "../../../core/api/schema.ts";
import { createHost } from "../../../host/index.ts";
import { defineCommand, type Args } from "../../command.ts";
import type { Context } from "../../context.ts";
import { jsonFlag } from "../flags.ts";

export default defineCommand({
  meta: {
    notes: [
      "Editors that know JSON Schema check config.toml with it. Tables of enabled plugins are in it: their code is asked.",
    ],
    examples: ["banger config schema"],
  },
  args: { json: { ...jsonFlag.json, description: "On one line" } },
  async run(ctx) {
    const [{ configSchema }, { sectionsOf }, { createTroupe }] = await Promise.all([
      import("../../../core/config/reference.ts"),
      import("../../../core/config/index.ts"),
      import("../../../builtins.ts"),
    ]);
    const sections = sectionsOf(createTroupe());
    const own = sections.capabilities;
    const capabilities = { ...(await pluginTables(ctx, Object.keys(own))), ...own };
    const schema = configSchema({ ...sections, capabilities });
    return { json: schema, text: () => JSON.stringify(schema, null, 2) };
  },
});

/** The tables of the enabled plugins; one that cannot be asked takes anything, and is told of. */
async function pluginTables(
  { paths, io: { env, self }, reporter }: Context<Args>,
  builtIn: readonly string[],
): Promise<Readonly<Record<string, StandardSchema>>> {
  const { pluginsOfAccount } = await import("../../../plugins/of-account.ts");
  const plugins = await pluginsOfAccount(paths, { builtIn, host: createHost({ env, self }), self, env });
  const tables = plugins.capabilities.map(async ({ name, config, schema }) => {
    const shown = await schema().catch((thrown: unknown) => {
      const message = `nothing is known of [capabilities.${name}]: ${asBangerError(thrown).message}`;
      reporter.event({ type: "notice", level: "warning", message });
      return null;
    });
    const standard = { ...config["~standard"], jsonSchema: { input: () => shown ?? {} } };
    return [name, { "~standard": standard }] as const;
  });
  try {
    return Object.fromEntries(await Promise.all(tables));
  } finally {
    plugins.close();
  }
}
