import { z } from "zod";
import { nearest } from "../model/reference.ts";
import type { KeyPath } from "./locate.ts";

/** One thing that is wrong, and where. */
export interface Problem {
  readonly path: KeyPath;
  /** `must be ≥ 128, got 1` */
  readonly what: string;
  /** In the schema's own words. */
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** What a schema found, in words of the configuration file. `input` is what it looked at. */
export function problemsOf(issues: readonly Issue[], input: unknown, schema: z.ZodType): Problem[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map((key) => (typeof key === "symbol" ? String(key) : key));
    const { message } = issue;
    if (issue.code !== "unrecognized_keys") return { path, what: describe(issue, valueAt(input, path)), message };
    return issue.keys.map((key) => ({ path: [...path, key], what: unknownKey(key, knownKeys(schema, path)), message }));
  });
}

function describe(issue: Issue, value: unknown): string {
  if (issue.code === "custom" && (value === undefined || typeof value === "object")) return issue.message;
  if (value === undefined) return "is missing";
  const got = `, got ${show(value)}`;
  switch (issue.code) {
    case "invalid_type":
      return `must be ${kinds[issue.expected] ?? issue.expected}${got}`;
    case "too_small":
      if (issue.origin === "string" && issue.minimum === 1) return "must not be empty";
      return `must be ${issue.inclusive === false ? ">" : "≥"} ${issue.minimum}${lengthOf(issue.origin)}${got}`;
    case "too_big":
      return `must be ${issue.inclusive === false ? "<" : "≤"} ${issue.maximum}${lengthOf(issue.origin)}${got}`;
    case "invalid_value": {
      const choices = issue.values.map(show);
      const near = typeof value === "string" ? nearest(value, issue.values.map(String)) : null;
      return `must be ${either(choices)}${got}${near === null ? "" : ` (did you mean ${show(near)}?)`}`;
    }
    default:
      return `${issue.message}${got}`;
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: "text in quotes",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a table",
  record: "a table",
  array: "an array",
};

function lengthOf(origin: string): string {
  if (origin === "string") return " characters long";
  return origin === "array" ? " elements long" : "";
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  if (near !== null) return `unknown key, did you mean ${near}?`;
  return known.length === 0
    ? "unknown key, there are none here"
    : `unknown key, there ${known.length > 1 ? "are" : "is"} ${known.join(", ")}`;
}

/** The keys that a table of the configuration may have. */
function knownKeys(schema: z.ZodType, path: KeyPath): readonly string[] {
  let at: z.core.JSONSchema._JSONSchema | undefined = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  for (const key of path) {
    if (typeof at !== "object") return [];
    at = typeof key === "number" ? (at.items as z.core.JSONSchema._JSONSchema | undefined) : at.properties?.[key];
  }
  return typeof at === "object" ? Object.keys(at.properties ?? {}) : [];
}

function valueAt(input: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, key) ? value[key as never] : undefined,
    input,
  );
}

/** As one would write it in TOML, short. */
function show(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "a table";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** `capabilities.workdisk.enabled`, `file_sync[2].host`, `vmm."a b"` */
export function showPath(path: KeyPath): string {
  if (path.length === 0) return "the file";
  return path
    .map((key, index) => {
      if (typeof key === "number") return `[${key}]`;
      return `${index === 0 ? "" : "."}${/^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key)}`;
    })
    .join("");
}

function either(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
