import type { FlagDef } from "../core/api/capability.ts";
import type { Arg, Args } from "./command.ts";
import { usage } from "./parse/usage.ts";

type Setting = string | number | boolean;
type Settings = Readonly<Record<string, Readonly<Record<string, Setting>>>>;
type FlagsOf = Readonly<Record<string, Readonly<Record<string, FlagDef>>>>;

/** The flags that capabilities add to run, create and set. */
export async function loadCapabilityFlags(): Promise<FlagsOf> {
  return (await import("../capabilities/flags.ts")).capabilityFlags;
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
export async function readCapabilitySettings(
  command: string,
  values: Readonly<Record<string, unknown>>,
): Promise<{ readonly capabilities?: Settings }> {
  const capabilities = readCapabilities(command, values, await loadCapabilityFlags());
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
