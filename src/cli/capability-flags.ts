import type { FlagDef } from "../core/api/capability.ts";
import type { Paths } from "../core/model/paths.ts";
import type { Arg, Args } from "./command.ts";
import type { Context } from "./context.ts";
import { usage } from "./parse/usage.ts";

type Setting = string | number | boolean;
type Settings = Readonly<Record<string, Readonly<Record<string, Setting>>>>;
type FlagsOf = Readonly<Record<string, Readonly<Record<string, FlagDef>>>>;

/** What of an account's paths plugins' flags come from; null for those that are built in alone. */
type Places = Pick<Paths, "configDir" | "configFile" | "service"> | null;

/** The flags that capabilities add to run, create and set, those of enabled plugins too. */
export async function loadCapabilityFlags(places: Places): Promise<FlagsOf> {
  const { capabilityFlags } = await import("../capabilities/flags.ts");
  // Most accounts have no config.toml, and reading costs more than the rest of what a command does before it asks the daemon.
  if (places === null || Bun.file(places.configFile).size === 0) return capabilityFlags;
  const { readConfigFile } = await import("../host/config-file.ts");
  // What is wrong with the file is said by who needs more of it.
  const text = await readConfigFile(places.configFile).catch(() => "");
  if (!text.includes("plugins")) return capabilityFlags;
  const [{ pluginFlags }, { shelfOf }] = await Promise.all([
    import("../plugins/flags.ts"),
    import("../plugins/admit.ts"),
  ]);
  return { ...pluginFlags(text, shelfOf(places), await ownFlags()), ...capabilityFlags };
}

/** Flags that no plugin can have: those of the commands themselves and of what is built in. */
export async function ownFlags(): Promise<readonly string[]> {
  const { capabilityFlags } = await import("../capabilities/flags.ts");
  const commands = await Promise.all([
    import("./commands/vm/run.ts"),
    import("./commands/vm/create.ts"),
    import("./commands/vm/set.ts"),
  ]);
  const own = commands.flatMap((command) => Object.keys(command.default.args));
  return ["help", ...own, ...Object.values(capabilityFlags).flatMap((flags) => Object.keys(flags))];
}

/** Capabilities' flags as arguments of a command. Pure. */
export function capabilityArgs(flags: FlagsOf): Args {
  const all = Object.values(flags).flatMap((own) => Object.entries(own));
  return Object.fromEntries(all.map(([name, def]) => [name, argOf(def)]));
}

function argOf({ type, help, valueName }: FlagDef): Arg {
  const common = { description: help, group: "Capabilities" };
  if (type === "boolean") return { ...common, type, either: true };
  return { ...common, type: "string", valueHint: valueName ?? (type === "number" ? "N" : "TEXT") };
}

/** `capabilities` of a request, from the flags given; nothing where there are none. Throws USAGE. */
export async function readCapabilitySettings({
  command,
  args,
  paths,
}: Pick<Context<Args>, "command" | "args" | "paths">): Promise<{ readonly capabilities?: Settings }> {
  const capabilities = readCapabilities(command, args, await loadCapabilityFlags(paths));
  return capabilities === null ? {} : { capabilities };
}

/** What the flags given set of the capabilities' configuration, by capability; null when none was. Throws USAGE. Pure. */
export function readCapabilities(
  command: string,
  values: Readonly<Record<string, unknown>>,
  flags: FlagsOf,
): Settings | null {
  const settings: Record<string, Readonly<Record<string, Setting>>> = {};
  for (const [capability, own] of Object.entries(flags)) {
    for (const [name, def] of Object.entries(own)) {
      const given = values[name];
      if (given === undefined) continue;
      settings[capability] = { ...settings[capability], [def.key]: valueOf(command, name, def, given) };
    }
  }
  return Object.keys(settings).length === 0 ? null : settings;
}

function valueOf(command: string, name: string, { type }: FlagDef, given: unknown): Setting {
  if (type !== "number") return given as Setting;
  const number = Number(given);
  if (given !== "" && Number.isFinite(number)) return number;
  throw usage(command, `--${name} needs a number, got ${JSON.stringify(given)}`);
}
