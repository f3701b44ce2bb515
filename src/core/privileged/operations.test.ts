import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Json, JsonObject } from "../api/json.ts";
import { digest, foreign, samples, vm } from "../../../test/helpers/operation-samples.ts";
import { operations, type Operation } from "./index.ts";

const cases = Object.entries(samples).flatMap(([name, all]) =>
  all.map(
    (args) => [name, (operations as Readonly<Record<string, Operation>>)[name]!.schema, args as JsonObject] as const,
  ),
);

interface Place {
  readonly key: string;
  readonly value: Json;
  readonly put: (next: Json) => Json;
}

/** Every value in a JSON document with what puts another one in its place. */
function places(value: Json, put: (next: Json) => Json, at = ""): Place[] {
  const inner =
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, item]: [string, Json]) =>
          places(
            item,
            (next) =>
              put(
                Array.isArray(value)
                  ? (value as Json[]).map((old, index) => (String(index) === key ? next : old))
                  : { ...(value as JsonObject), [key]: next },
              ),
            key,
          ),
        )
      : [];
  return [{ key: at, value, put }, ...inner];
}

/** A program may be anywhere (what may be run is the operation's own question), a name in a jail is any name, an address is looked for. */
const harmless: Readonly<Record<string, RegExp>> = {
  jailer: /^"\/proc\/1\/root"$/,
  firecracker: /^"\/proc\/1\/root"$/,
  name: /^"[a-z][a-z0-9-]+"$/,
  address: /^"(0\.0\.0\.0|169\.254\.169\.254)"$/,
};

describe.each(cases)("%s", (_, schema, args) => {
  const fields = places(args, (next) => next).slice(1);

  test("takes its own, and neither more nor anything else", () => {
    expect(schema.safeParse(args).success).toBe(true);
    expect(schema.safeParse({ ...args, more: 1 }).success).toBe(false);
    for (const other of [null, [], "x", 7]) expect(schema.safeParse(other).success).toBe(false);
  });

  test("refuses what is not banger's, wherever it stands", () => {
    const accepted = fields.flatMap(({ key, value, put }) =>
      foreign
        .filter((other) => typeof other !== typeof value || typeof value === "string")
        .filter((other) => !Array.isArray(value) || !Array.isArray(other))
        .filter((other) => schema.safeParse(put(other as Json)).success)
        .filter((other) => !harmless[key]?.test(JSON.stringify(other)))
        .map((other) => `${key} = ${JSON.stringify(other)}`),
    );
    expect(accepted).toEqual([]);
  });

  test("whatever it takes is plain: no step upwards, no blank, nothing that a shell or a rule would read", () => {
    const strings = fields.filter(({ value }) => typeof value === "string");
    if (strings.length === 0) return;
    fc.assert(
      fc.property(fc.constantFrom(...strings), fc.oneof(fc.string(), hostile), ({ put }, text) => {
        if (!schema.safeParse(put(text)).success) return;
        expect(text).toMatch(/^[A-Za-z0-9_.+@:/-]{1,4096}$/);
        expect(text.split("/")).not.toContain("..");
      }),
    );
  });
});

/** Strings that are nearly ours. */
const hostile = fc
  .array(
    fc.constantFrom(
      "..",
      ".",
      "/",
      vm,
      "vms",
      "run/",
      "images/blobs/",
      digest,
      "br-",
      "a",
      "\u0000",
      "\n",
      " ",
      "-",
      "172.16.0.2",
    ),
    {
      maxLength: 6,
    },
  )
  .map((parts) => parts.join(""));
