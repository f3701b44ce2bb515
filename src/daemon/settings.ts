import type { VmSpec } from "../core/model/vm.ts";

type Settings = VmSpec["capabilities"];

/** What flags changed of the capabilities' configuration, with what they change now. Pure. */
export function mergedSettings(old: Settings, more: Settings = {}): Settings {
  const entries = Object.entries(more).map(([name, keys]) => [name, { ...old[name], ...keys }] as const);
  return { ...old, ...Object.fromEntries(entries) };
}
