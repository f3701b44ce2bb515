import toml from "@iarna/toml";
import { BangerError } from "../api/errors.ts";
import type { Json, JsonObject } from "../api/json.ts";
import type { Config, WrittenSections } from "./config.ts";
import { locate } from "./locate.ts";
import { problemsOf, showPath } from "./problems.ts";
import { rootSchema, type ConfigSections, type Presets } from "./schema.ts";

/**
 * Reads the text of a config.toml; the empty text is the configuration with all defaults.
 * @param file its path, for messages
 * @throws BangerError CONFIG_INVALID: a syntax error with its line, or every other problem as
 *   `path: what is wrong (config.toml:LINE)` in the detail, in the order of the lines
 */
export async function parseConfig(
  text: string,
  file: string,
  sections: ConfigSections,
  presets: Presets = {},
): Promise<Config> {
  const source = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const name = file.slice(file.lastIndexOf("/") + 1);
  const table = parseToml(source, file, name);
  const schema = rootSchema(sections, presets);
  const result = await schema.safeParseAsync(table);
  if (result.success) return { ...result.data, written: writtenSections(table) };
  const lineOf = locate(source);
  const problems = problemsOf(result.error.issues, table, schema)
    .map(({ path, what }) => ({ text: `${showPath(path)}: ${what}`, line: lineOf(path) }))
    .sort((a, b) => a.line - b.line);
  throw invalid(
    file,
    problems.map(({ text, line }) => `${text} (${name}:${line})`),
  );
}

/** Pure JSON: dates are strings, as they are wherever a configuration travels. */
function parseToml(text: string, file: string, name: string): JsonObject {
  try {
    return plain(toml.parse(text)) as JsonObject;
  } catch (error) {
    const { message, line } = error as Error & { line?: unknown };
    if (typeof line !== "number") throw error;
    // The parser counts lines from 0 and adds an excerpt of the text to its sentence.
    const sentence = message.replace(/ at row \d+[^]*$/, "");
    throw invalid(file, [`${sentence.charAt(0).toLowerCase()}${sentence.slice(1)} (${name}:${line + 1})`]);
  }
}

function plain(value: unknown): Json {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  }
  return typeof value === "bigint" ? Number(value) : (value as Json);
}

/** Of a table that the schema has accepted. */
function writtenSections(table: JsonObject): WrittenSections {
  const sections = (name: string): Record<string, JsonObject> => {
    const entries = Object.entries((table[name] ?? {}) as JsonObject);
    return Object.fromEntries(entries.filter((entry): entry is [string, JsonObject] => typeof entry[1] === "object"));
  };
  return {
    vmm: sections("vmm"),
    storage: sections("storage"),
    network: sections("network"),
    capabilities: sections("capabilities"),
  };
}

function invalid(file: string, problems: readonly string[]): BangerError {
  const count = problems.length === 1 ? "an error" : `${problems.length} errors`;
  return new BangerError("CONFIG_INVALID", `${file} has ${count}`, {
    detail: problems,
    hint: "banger config schema prints every key",
  });
}
