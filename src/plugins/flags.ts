import type { FlagDef } from "../core/api/capability.ts";
import { pinnedManifest, type Shelf } from "./admit.ts";
import { readPins } from "./pins.ts";

type FlagsOf = Readonly<Record<string, Readonly<Record<string, FlagDef>>>>;

/**
 * The flags of the enabled plugins, by plugin, from their pinned manifests alone. A plugin whose manifest does not count has none: what uses
 * it says why. So has a flag that is somebody else's already.
 */
export function pluginFlags(text: string, shelf: Shelf, taken: readonly string[]): FlagsOf {
  const seen = new Set(taken);
  const flags: Record<string, Record<string, FlagDef>> = {};
  for (const [name, pin] of readPins(text).pins) {
    try {
      const own = Object.entries(pinnedManifest(name, pin, shelf).flags).filter(([flag]) => !seen.has(flag));
      for (const [flag] of own) seen.add(flag);
      flags[name] = Object.fromEntries(own) as Record<string, FlagDef>;
    } catch {
      // Said by whoever runs it.
    }
  }
  return flags;
}
