import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Json, JsonObject } from "../api/json.ts";
import { operations, type Operation, type OperationArgs, type OperationName } from "./index.ts";

const vm = "0123456789abcdef";
const digest = "0123456789abcdef".repeat(4);
const tap = { vm, bridge: "br-fc", address: "172.16.0.2" };
const grant = { vm, uid: 300_001, files: [{ name: "disk", from: `vms/${vm}/upper.ext4`, write: true }] };
const programs = { jailer: "/usr/local/bin/jailer", firecracker: "/usr/local/bin/firecracker" };

/** Arguments of banger's own for every operation there is. */
const samples: { readonly [N in OperationName]: readonly OperationArgs<N>[] } = {
  "tap.create": [{ ...tap, gateway: "172.16.0.1", network: "172.16.0.0/24", mtu: 1500, guestToGuest: false }],
  "tap.remove": [tap],
  "nat.add": [{ vm }],
  "nat.remove": [{ vm }],
  "nat.follow": [{}],
  "resolver.route": [{ bridge: "br-fc", port: 42_069 }],
  "resolver.unroute": [{ bridge: "br-fc" }],
  "loop.attach": [
    { role: "base", vm, image: digest },
    { role: "cow", vm },
  ],
  "loop.detach": [{ role: "cow", vm }],
  "dm.create": [{ vm, sizeBytes: 2 ** 33 }],
  "dm.remove": [{ vm }],
  "jail.check": [programs],
  "jail.create": [{ ...grant, ...programs, vcpu: 1, memoryMiB: 256, tap: true }],
  "jail.start": [{ vm }],
  "jail.signal": [{ vm, signal: "TERM" }],
  "jail.remove": [grant],
};

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

const foreign = [
  ...[
    "",
    ".",
    "..",
    "../x",
    "x/../../y",
    "/",
    "/etc/../etc/shadow",
    "/etc//shadow",
    `vms/${vm}/../../x`,
    "/proc/1/root",
  ],
  ...[
    "a\u0000b",
    "a\nb",
    "a b",
    "$(id)",
    "`id`",
    ";id",
    "--help",
    "-x",
    "x".repeat(5000),
    "０１２３４５６７８９ａｂｃｄｅｆ",
  ],
  ...["lo", "eth0", "docker0", "virbr0", "bt-other", "br-", "br-UPPER", "br-twelve-and-more"],
  ...[vm.toUpperCase(), `${vm}0`, vm.slice(1), ` ${vm}`, `${vm}\n`, "vg-root", "banger-other"],
  ...["0.0.0.0", "8.8.8.8/24", "169.254.169.254", "0.0.0.0/0", "::1", "172.16.0.999", "SIGKILL", "9", "SEGV"],
  ...[0, -1, 1.5, 2 ** 53, null, true, [], {}],
];

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
