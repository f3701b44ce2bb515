import { resolveVmDefaults, type Config, type VmDefaults } from "../../../core/config/index.ts";
import { formatSize } from "../../../core/model/size.ts";
import { asBangerError, BangerError } from "../../../core/api/errors.ts";
import type { Json } from "../../../core/api/json.ts";
import { defineCommand, type Args } from "../../command.ts";
import type { Context } from "../../context.ts";
import { hostSize } from "../../help/defaults.ts";
import { jsonFlag } from "../flags.ts";

export default defineCommand({
  meta: {
    notes: [
      "As TOML, with every default in its place, those that depend on this host too. banger config schema says what the keys mean.",
    ],
    examples: ["banger config show"],
  },
  args: jsonFlag,
  async run(ctx) {
    const { paths } = ctx;
    const { loadConfig } = await import("../../../builtins.ts");
    const own = await loadConfig(paths);
    const config = { ...own, capabilities: { ...own.capabilities, ...(await pluginSettings(ctx)) } };
    const defaults = resolveVmDefaults(config, hostSize());
    const exists = await Bun.file(paths.configFile).exists();
    const { written: _, ...shown } = config;
    const heading = `# ${paths.configFile}${exists ? "" : " (not there: all defaults)"}`;
    return {
      json: { file: paths.configFile, exists, config: shown, defaults },
      text: () => `${heading}\n${toml(config, defaults)}`,
    };
  },
});

/** What enabled plugins make of their tables; one that cannot be asked is told of. @throws BangerError CONFIG_INVALID with all that they refuse */
async function pluginSettings({ paths, io: { env, self }, reporter }: Context<Args>): Promise<Record<string, Json>> {
  const [{ pluginsOfAccount }, { createTroupe }, { createHost }] = await Promise.all([
    import("../../../plugins/of-account.ts"),
    import("../../../builtins.ts"),
    import("../../../host/index.ts"),
  ]);
  const builtIn = createTroupe().capabilities.map(({ name }) => name);
  const plugins = await pluginsOfAccount(paths, { builtIn, host: createHost({ env, self }), self, env });
  const problems: string[] = [];
  const settings = plugins.capabilities.map(async ({ name }): Promise<[string, Json][]> => {
    try {
      return [[name, await plugins.settings(name)]];
    } catch (thrown) {
      const { code, message, detail } = asBangerError(thrown);
      if (code === "CONFIG_INVALID") problems.push(...detail);
      else reporter.event({ type: "notice", level: "warning", message });
      return [];
    }
  });
  const known = (await Promise.all(settings).finally(() => plugins.close())).flat();
  if (problems.length === 0) return Object.fromEntries(known);
  const count = problems.length === 1 ? "an error" : `${problems.length} errors`;
  throw new BangerError("CONFIG_INVALID", `${paths.configFile} has ${count}`, { detail: problems });
}

/** The configuration in the words of config.toml; sizes say where they come from. */
function toml(config: Config, { vcpu, memoryMiB, diskBytes }: VmDefaults): string {
  const driver = (name: "vmm" | "storage" | "network"): string[] => [
    ...section(name, { driver: config[name].driver, ...config[name].shared }),
    ...Object.entries(config[name].options).flatMap(([option, value]) => section(`${name}.${option}`, value)),
  ];
  return [
    `log_level = ${JSON.stringify(config.logLevel)}`,
    `default_image = ${JSON.stringify(config.defaultImage)}`,
    "",
    "[vm_defaults]",
    `vcpu = ${vcpu.value}  # ${vcpu.origin}`,
    `memory_mib = ${memoryMiB.value}  # ${memoryMiB.origin}`,
    `disk_size = ${JSON.stringify(formatSize(diskBytes.value))}  # ${diskBytes.origin}`,
    ...driver("vmm"),
    ...driver("storage"),
    ...driver("network"),
    ...Object.entries(config.capabilities).flatMap(([name, value]) => section(`capabilities.${name}`, value)),
  ].join("\n");
}

/** A table of plain values; none for an empty one. JSON's spelling of strings, numbers, booleans and arrays is TOML's too. */
function section(name: string, value: unknown): string[] {
  const entries =
    typeof value === "object" && value !== null
      ? Object.entries(value).filter(([, item]) => item !== undefined && item !== null)
      : [];
  return entries.length === 0
    ? []
    : ["", `[${name}]`, ...entries.map(([key, item]) => `${key} = ${JSON.stringify(item)}`)];
}
