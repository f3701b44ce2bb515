import { z } from "zod";
import type { StandardSchema } from "../core/api/schema.ts";
import { findPlugins } from "./find.ts";
import { notEnabled } from "./manifest.ts";
import { readPins } from "./pins.ts";

/**
 * Sections of config.toml for plugins: one that is enabled takes whatever is in its table, for its code judges that when a VM uses it; one
 * that only lies in the folder takes nothing, and says why.
 */
export function pluginSections(text: string, dir: string): Readonly<Record<string, StandardSchema>> {
  if (!text.includes("capabilities")) return {};
  const enabled = [...readPins(text).pins.keys()];
  const others = findPlugins(dir).flatMap(({ name }) => (enabled.includes(name) ? [] : [name]));
  return Object.fromEntries([
    ...enabled.map((name) => [name, anything]),
    ...others.map((name) => [name, nothing(name)]),
  ]);
}

const anything = z.record(z.string(), z.json());

function nothing(name: string): z.ZodType {
  const { message, hint } = notEnabled(name);
  return z.record(z.string(), z.json()).refine((table) => Object.keys(table).length === 0, `${message} (${hint})`);
}
