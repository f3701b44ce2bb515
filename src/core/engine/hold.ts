import { z } from "zod";
import { BangerError } from "../api/errors.ts";
import type { Json, JsonObject } from "../api/json.ts";

/** How much a participant may give at once where nothing else is said, in characters of its texts and keys. */
export const presetLimit = 64 * 1024;
const deepest = 32;
/** So many problems are told; who has more has seen enough. */
const mostProblems = 10;

/**
 * What a participant gave, as JSON and nothing else: a copy, in which members that are undefined are left out. Throws CAPABILITY_FAILED,
 * naming the participant and what is wrong, never a value: it may be a secret.
 */
export function holdJson(by: string, what: string, value: unknown, limit = presetLimit): Json {
  let left = limit;
  const spend = (text: string): string => {
    left -= text.length + 1;
    if (left < 0) throw refusal(by, what, [`more than ${limit} characters`]);
    return text;
  };
  const copy = (inner: unknown, at: string, depth: number): Json => {
    if (inner === null || typeof inner === "boolean") return inner;
    if (typeof inner === "string") return spend(inner);
    if (typeof inner === "number" && Number.isFinite(inner)) return inner;
    if (depth >= deepest) throw refusal(by, what, [`${at || "it"} is nested deeper than ${deepest}`]);
    if (Array.isArray(inner)) return inner.map((item, index) => (spend(""), copy(item, `${at}[${index}]`, depth + 1)));
    if (!isPlain(inner)) throw refusal(by, what, [`${at || "it"} is ${kindOf(inner)}, not JSON`]);
    const entries = Object.entries(inner).filter(([, item]) => item !== undefined);
    return Object.fromEntries(
      entries.map(([key, item]) => [spend(key), copy(item, at === "" ? key : `${at}.${key}`, depth + 1)]),
    );
  };
  return copy(value, "", 0);
}

/** As `holdJson`, an object. */
export function holdObject(by: string, what: string, value: unknown): JsonObject {
  const json = holdJson(by, what, value);
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as JsonObject;
  throw refusal(by, what, ["it is not an object"]);
}

/** As `holdJson`, and of that shape. */
export function holdTo<T>(schema: z.ZodType<T>, by: string, what: string, value: unknown, limit?: number): T {
  const result = schema.safeParse(holdJson(by, what, value, limit));
  if (result.success) return result.data;
  throw refusal(
    by,
    what,
    result.error.issues.map(({ path, message }) => `${showPath(path)}${message.slice(0, 200)}`),
  );
}

function refusal(by: string, what: string, problems: readonly string[]): BangerError {
  const [first, ...others] = problems.slice(0, mostProblems);
  return new BangerError("CAPABILITY_FAILED", `${by} gives ${what} that cannot be used: ${first}`, { detail: others });
}

function showPath(path: readonly PropertyKey[]): string {
  const shown = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key).slice(0, 60)}`)).join("");
  return shown === "" ? "" : `${shown.replace(/^\./, "")}: `;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function kindOf(value: unknown): string {
  if (typeof value === "number") return "no finite number";
  if (typeof value !== "object" || value === null) return `of type ${typeof value}`;
  return `an object of class ${String(value.constructor?.name).slice(0, 60)}`;
}
