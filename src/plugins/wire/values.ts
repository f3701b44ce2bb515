import { BangerError } from "../../core/api/errors.ts";

/** A function that both sides know to give back an async iterable at once, not a promise of one. */
const iterating = new WeakSet<object>();

export function givesIterable<F extends object>(fn: F): F {
  iterating.add(fn);
  return fn;
}

type Fn = (...args: never[]) => unknown;

/** The end that numbers what is sent. */
export interface Exporter {
  /** `idle`: a call of it only waits for something, and changes nothing. */
  fn(fn: Fn, idle?: boolean): number;
  signal(signal: AbortSignal): number;
}

/** The end that makes something of the numbers. */
export interface Importer {
  fn(ref: number): (...args: unknown[]) => Promise<unknown>;
  signal(ref: number, reason: unknown): AbortSignal;
}

const deepest = 64;

/**
 * JSON crosses as it is; what is no JSON as an object with the key `$`: bytes, functions, signals, promises, async iterables. Plain objects
 * that have that key themselves are wrapped. Members that are undefined are left out.
 */
export function encode(value: unknown, out: Exporter, depth = 0): unknown {
  if (depth > deepest) throw nonsense("nested too deeply");
  if (value === undefined) return { $: "undefined" };
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw nonsense(`${value} is no number of JSON`);
    return value;
  }
  if (typeof value === "function") return { $: iterating.has(value) ? "iterating" : "fn", ref: out.fn(value as Fn) };
  if (typeof value !== "object") throw nonsense(`a ${typeof value} is no JSON`);
  if (Array.isArray(value)) return value.map((item) => encode(item ?? null, out, depth + 1));
  if (value instanceof Uint8Array) return { $: "bytes", base64: Buffer.from(value).toString("base64") };
  if (value instanceof AbortSignal)
    return value.aborted
      ? { $: "signal", ref: 0, reason: encodeError(value.reason) }
      : { $: "signal", ref: out.signal(value) };
  if (value instanceof Promise) return { $: "promise", ref: out.fn(() => value, true) };
  if (value instanceof Error) return { $: "error", error: encodeError(value) };
  if (Symbol.asyncIterator in value) return encodeIterable(value as AsyncIterable<unknown>, out);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw nonsense(`a ${value.constructor?.name ?? "class instance"} is no JSON`);
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => [key, encode(item, out, depth + 1)] as const);
  return Object.hasOwn(value, "$") ? { $: "object", entries } : Object.fromEntries(entries);
}

function encodeIterable(iterable: AsyncIterable<unknown>, out: Exporter): unknown {
  const iterator = iterable[Symbol.asyncIterator]();
  return {
    $: "iterable",
    next: out.fn(async () => {
      const { done = false, value } = await iterator.next();
      return done ? { done } : { done, value };
    }, true),
    end: out.fn(async () => void (await iterator.return?.())),
  };
}

/** Throws where it is not what encode makes; what is hostile costs no more than its own size. */
export function decode(value: unknown, from: Importer, depth = 0): unknown {
  if (depth > deepest) throw nonsense("nested too deeply");
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => decode(item, from, depth + 1));
  const record = value as Record<string, unknown>;
  if (!Object.hasOwn(record, "$")) return object(Object.entries(record), from, depth);
  const ref = (key: string): number => {
    const number = record[key];
    if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 0) throw nonsense("a bad reference");
    return number;
  };
  switch (record["$"]) {
    case "undefined":
      return undefined;
    case "bytes":
      if (typeof record["base64"] !== "string") throw nonsense("bytes that are none");
      return new Uint8Array(Buffer.from(record["base64"], "base64"));
    case "fn":
      return from.fn(ref("ref"));
    case "iterating": {
      const open = from.fn(ref("ref"));
      return (...args: unknown[]) => opened(() => open(...args) as Promise<AsyncIterable<unknown>>);
    }
    case "signal":
      return from.signal(ref("ref"), record["reason"]);
    case "promise": {
      const promise = from.fn(ref("ref"))();
      promise.catch(() => {});
      return promise;
    }
    case "error":
      return decodeError(record["error"]);
    case "iterable":
      return decodeIterable(from.fn(ref("next")), from.fn(ref("end")));
    case "object": {
      const { entries } = record;
      if (!Array.isArray(entries) || !entries.every((entry) => Array.isArray(entry) && typeof entry[0] === "string"))
        throw nonsense("an object that is none");
      return object(entries as [string, unknown][], from, depth);
    }
    default:
      throw nonsense("a value of no known kind");
  }
}

function object(entries: readonly (readonly [string, unknown])[], from: Importer, depth: number): object {
  return Object.fromEntries(entries.map(([key, item]) => [key, decode(item, from, depth + 1)]));
}

async function* decodeIterable(
  next: (...args: unknown[]) => Promise<unknown>,
  end: (...args: unknown[]) => Promise<unknown>,
): AsyncGenerator {
  let over = false;
  try {
    for (;;) {
      const step = (await next().catch((thrown: unknown) => {
        over = true;
        throw thrown;
      })) as { readonly done?: unknown; readonly value?: unknown } | null;
      if (typeof step !== "object" || step === null || step.done === true) {
        over = true;
        return;
      }
      yield step.value;
    }
  } finally {
    if (!over) await end();
  }
}

async function* opened(open: () => Promise<AsyncIterable<unknown>>): AsyncGenerator {
  yield* await open();
}

/** An error as it crosses: ours with all it has, of others only what they say. */
export function encodeError(thrown: unknown): { message: string; [key: string]: unknown } {
  if (thrown instanceof BangerError) return { ...thrown.toJSON() };
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return { message: text.slice(0, 4000) };
}

/** Ours where it has a code, else a plain one. */
export function decodeError(json: unknown): Error {
  const { code, message } = (json ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === "string" && code !== "INTERNAL") {
    const error = BangerError.from(json as never);
    if (error.code === code) return error;
  }
  return new Error(typeof message === "string" ? message.slice(0, 4000) : "an error that cannot be read");
}

export function nonsense(what: string): Error {
  return new TypeError(what);
}
