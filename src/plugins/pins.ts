import toml from "@iarna/toml";
import { z } from "zod";
import type { JsonObject } from "../core/api/json.ts";
import type { StandardSchema } from "../core/api/schema.ts";
import { pluginName } from "./manifest.ts";

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const pinSchema = z.object({ digest, manifest: digest });

/** `[plugins.NAME]` of config.toml: what the user has seen when enabling it. */
export type Pin = z.output<typeof pinSchema>;

/**
 * The enabled plugins of a config.toml, and the tables of their configuration as they are written. What is not as it should be is left
 * out: the check of the whole file tells of it. A text without the word costs nothing.
 */
export function readPins(text: string): { readonly pins: ReadonlyMap<string, Pin>; readonly written: Written } {
  const none = { pins: new Map<string, Pin>(), written: {} };
  if (!text.includes("plugins")) return none;
  let table: Readonly<Record<string, unknown>>;
  try {
    table = JSON.parse(JSON.stringify(toml.parse(text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n")))) as never;
  } catch {
    return none;
  }
  const pins = Object.entries(tableOf(table["plugins"])).flatMap(([name, value]) => {
    const pin = pinSchema.safeParse(value);
    return pin.success && pluginName.test(name) ? [[name, pin.data] as const] : [];
  });
  const sections = tableOf(table["capabilities"]);
  const written = pins.map(([name]) => [name, tableOf(sections[name])] as const);
  return { pins: new Map(pins), written: Object.fromEntries(written) as Written };
}

type Written = Readonly<Record<string, JsonObject>>;

/** A section for each enabled plugin that takes whatever is in it. */
export function pluginSections(text: string): Readonly<Record<string, StandardSchema>> {
  const section = z.record(z.string(), z.json());
  return Object.fromEntries([...readPins(text).pins.keys()].map((name) => [name, section]));
}

function tableOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
