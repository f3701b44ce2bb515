import { z } from "zod";
import { BangerError } from "../../core/api/errors.ts";

type Fn = (...args: never[]) => unknown;
type Methods<T extends object> = keyof { [K in keyof T as T[K] extends Fn ? K : never]: true };
type Schemas<T extends object> = { readonly [K in Methods<T>]: z.ZodType<readonly unknown[]> };

/**
 * What a plugin may call of an object of ours, with the shape of the arguments of each method: all of them, or it does not compile. What
 * a plugin hands over is checked before any of our code sees it.
 */
export function expose<T extends object>(what: string, target: T, table: Schemas<T>): Record<Methods<T>, Fn> {
  const members = Object.fromEntries(
    Object.entries(table as Record<string, z.ZodType<readonly unknown[]>>).map(([name, schema]) => {
      const method = (target as Record<string, unknown>)[name] as (...args: unknown[]) => unknown;
      return [name, checked(`${what}.${name}`, schema, (...args) => method.apply(target, args))];
    }),
  );
  return members;
}

function checked(what: string, schema: z.ZodType<readonly unknown[]>, fn: (...args: unknown[]) => unknown): Fn {
  return (...args: unknown[]) => {
    const result = schema.safeParse(args);
    if (result.success) return fn(...result.data);
    const [first] = result.error.issues;
    const [index, ...path] = first?.path ?? [];
    const where =
      typeof index === "number" ? `argument ${index + 1}${path.map((key) => `.${String(key)}`).join("")}` : "arguments";
    throw new BangerError("BAD_REQUEST", `${what} was called with bad arguments: ${where}: ${first?.message}`);
  };
}

/** The arguments of a call; those at the end that may be left out come as undefined or not at all. */
export function args(...types: readonly z.ZodType[]): z.ZodType<readonly unknown[]> {
  return z
    .array(z.unknown())
    .max(types.length)
    .transform((given) => types.map((_, index) => given[index]))
    .pipe(z.tuple(types as [z.ZodType]));
}

export const text = z
  .string()
  .max(2 ** 20)
  .refine((value) => !value.includes("\0"), "must have no NUL");
export const path = z
  .string()
  .max(4096)
  .refine((value) => value.startsWith("/") && !value.includes("\0"), "must be an absolute path");
export const bytes = z.instanceof(Uint8Array);
export const signal = z.instanceof(AbortSignal);
export const fn = z.custom<(...args: unknown[]) => Promise<unknown>>(
  (value) => typeof value === "function",
  "must be a function",
);
export const iterable = z.custom<AsyncIterable<unknown>>(
  (value) => typeof value === "object" && value !== null && Symbol.asyncIterator in value,
  "must be an async iterable",
);
export const count = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
export const whole = z.int().min(0);
/** Plain data; what else a plugin hands over has become something else on the way. */
export const json = z.json();
export const jsonObject = z.record(z.string(), json);
