/** Says what is wrong with a value at a place (`spec.vcpu is not a whole number`), or null. The type is what it then is. */
export type Shape<T> = ((value: unknown, at: string) => string | null) & { readonly type?: T };

const test =
  <T>(what: string, fits: (value: unknown) => boolean): Shape<T> =>
  (value, at) =>
    fits(value) ? null : `${at} is not ${what}`;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const first = (problems: Iterable<string | null>): string | null => {
  for (const problem of problems) if (problem !== null) return problem;
  return null;
};

/** Checks of what comes out of JSON columns. */
export const is = {
  string: test<string>("a string", (value) => typeof value === "string"),
  boolean: test<boolean>("true or false", (value) => typeof value === "boolean"),
  count: test<number>("a whole number", (value) => Number.isSafeInteger(value) && (value as number) >= 0),
  anyObject: test<object>("an object", isObject),
  /** For a key that may be absent. */
  optional:
    <T>(shape: Shape<T>): Shape<T> =>
    (value, at) =>
      value === undefined ? null : shape(value, at),
  record:
    <T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> =>
    (value, at) =>
      isObject(value)
        ? first(Object.entries(value).map(([key, item]) => shape(item, `${at}.${key}`)))
        : `${at} is not an object`,
  /** Keys that the shape does not name are let through. */
  object:
    <T>(shape: { readonly [K in keyof T]-?: Shape<T[K]> }): Shape<T> =>
    (value, at) =>
      isObject(value)
        ? first(Object.entries<Shape<unknown>>(shape).map(([key, part]) => part(value[key], `${at}.${key}`)))
        : `${at} is not an object`,
};
