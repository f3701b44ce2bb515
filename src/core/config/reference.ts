import { z } from "zod";
import { rootSchema, type ConfigSections } from "./schema.ts";

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** One line of docs/config.md. */
export interface ConfigKey {
  /** `vm_defaults.memory_mib` */
  readonly key: string;
  readonly type: string;
  /** As one would write it, or in words where it depends on the host; empty when there is none. */
  readonly default: string;
  readonly unit: string;
  readonly help: string;
}

/** JSON Schema (draft 2020-12) of config.toml. `unit` and `preset` (a default in words) are annotations of ours. */
export function configSchema(sections: ConfigSections): JsonSchema {
  return z.toJSONSchema(rootSchema(sections), { io: "input", unrepresentable: "any" });
}

/** Every key, in the order of the schema. */
export function configKeys(sections: ConfigSections): ConfigKey[] {
  return keysOf(configSchema(sections), "");
}

function keysOf(table: JsonSchema, prefix: string): ConfigKey[] {
  return Object.entries(table.properties ?? {}).flatMap(([name, schema]) => {
    const key = `${prefix}${name}`;
    if (typeof schema === "boolean") return [];
    if (schema.type === "object") return keysOf(schema, `${key}.`);
    const { description = "", unit, preset, default: value } = schema;
    return {
      key,
      type: typeOf(schema),
      default: typeof preset === "string" ? preset : value === undefined ? "" : JSON.stringify(value),
      unit: typeof unit === "string" ? unit : "",
      help: description,
    };
  });
}

function typeOf({ type, enum: choices, items }: JsonSchema): string {
  if (choices !== undefined) return choices.map((choice) => JSON.stringify(choice)).join(", ");
  if (type === "array" && typeof items === "object" && !Array.isArray(items)) return `array of ${typeOf(items)}`;
  return typeof type === "string" ? type : "any";
}
