import toml from "@iarna/toml";
import { z } from "zod";
import type { JsonObject } from "../core/api/json.ts";
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
  const table = text.includes("plugins") ? parse(text) : {};
  const pins = Object.entries(tableOf(table["plugins"])).flatMap(([name, value]) => {
    const pin = pinSchema.safeParse(value);
    return pin.success && pluginName.test(name) ? [[name, pin.data] as const] : [];
  });
  const sections = tableOf(table["capabilities"]);
  const written = pins.map(([name]) => [name, tableOf(sections[name])] as const);
  return { pins: new Map(pins), written: Object.fromEntries(written) as Written };
}

type Written = Readonly<Record<string, JsonObject>>;

/** The table of one capability as it is written. */
export function readSection(text: string, name: string): JsonObject {
  return tableOf(tableOf(parse(text)["capabilities"])[name]) as JsonObject;
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const source = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
    return JSON.parse(JSON.stringify(toml.parse(source))) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function tableOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
