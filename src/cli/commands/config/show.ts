import { resolveVmDefaults, type Config, type VmDefaults } from "../../../core/config/index.ts";
import { formatSize } from "../../../core/model/size.ts";
import { defineCommand } from "../../command.ts";
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
  async run({ paths }) {
    const { loadConfig } = await import("../../../builtins.ts");
    const config = await loadConfig(paths);
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
