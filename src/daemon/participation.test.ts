import { expect, test } from "bun:test";
import type { Ctx } from "../core/api/participant.ts";
import { failure } from "../../test/helpers/failure.ts";
import type { Capability } from "../core/api/capability.ts";
import type { Cast } from "../core/engine/boot.ts";
import { Bench } from "../core/engine/testing.ts";
import { addressOf, askAll, askCapability, changeConfig, commandEnv, takeOver } from "./participation.ts";

const bench = new Bench();
const about = {
  vm: bench.view,
  vmm: "v",
  nics: [],
  guest: null,
  signal: new AbortController().signal,
  emit: () => {},
};

/** A cast of storage and one capability with such members and such a configuration. */
function castOf(members: Partial<Capability>, config: unknown = {}): Cast {
  const cast = bench.cast(members);
  return { ...cast, parts: cast.parts.map((part) => (part.key === "capability/c" ? { ...part, config } : part)) };
}

test("a question goes to the capability that answers it; names that every object has are no questions", async () => {
  const cast = castOf({ queries: { ports: async () => [1] } });
  expect(await askCapability(bench.deps, cast, "ports", about)).toEqual([1]);
  for (const name of ["toString", "constructor", "health"])
    expect(await failure(askCapability(bench.deps, cast, name, about))).toMatchObject({ code: "BAD_REQUEST" });
});

test("only a capability whose configuration is another one hears of it, and may change the host", async () => {
  const heard: unknown[] = [];
  const members = {
    onConfigChange: async (ctx: Ctx, before: unknown, after: unknown) => {
      heard.push([before, after]);
      await ctx.effect("remove", { rule: 1 }, async () => null);
    },
  };
  const [off, on] = [castOf(members, { nat: false }), castOf(members, { nat: true })];
  await changeConfig(bench.deps, off, castOf(members, { nat: false }), about);
  expect(heard).toEqual([]);
  await changeConfig(bench.deps, off, on, about);
  expect(heard).toEqual([[{ nat: false }, { nat: true }]]);
  expect(bench.entries.map(({ participant, args, done }) => ({ participant, args, done }))).toEqual([
    { participant: "capability/c", args: { rule: 1 }, done: true },
  ]);
});

test("everyone is told of an adoption, also after one who fails", async () => {
  const told: string[] = [];
  const cast = castOf({ takeOver: async () => void told.push("c") });
  const [storage, capability] = cast.parts as [Cast["parts"][0], Cast["parts"][0]];
  const failing = {
    ...storage,
    participant: { ...storage.participant, takeOver: () => Promise.reject(new Error("no")) },
  };
  const failures = await takeOver(bench.deps, { ...cast, parts: [failing, capability] }, about);
  expect(told).toEqual(["c"]);
  expect(failures.map(({ key }) => key)).toEqual(["storage/s"]);
});

const boom = async (): Promise<never> => {
  throw new TypeError("no");
};

test("whatever a capability fails at has its name", async () => {
  const cast = castOf({ queries: { ports: boom, health: async () => new Date() as never }, onConfigChange: boom }, 1);
  expect((await failure(askCapability(bench.deps, cast, "ports", about))).message).toBe(
    "capability/c failed at ports: no",
  );
  expect((await failure(askCapability(bench.deps, cast, "health", about))).message).toBe(
    "capability/c gives an answer to health that cannot be used: it is an object of class Date, not JSON",
  );
  expect((await failure(changeConfig(bench.deps, castOf({}, 2), cast, about))).message).toBe(
    "capability/c failed at onConfigChange: no",
  );
});

test("facts and figures come under the capability's name; one that fails is told of and keeps nothing back", async () => {
  const asked = async () => about;
  const cast = castOf({ show: async ({ vm }) => ({ of: vm.name }), stats: boom });
  expect(await askAll(bench.deps, cast, "show", asked)).toEqual({ capabilities: { c: { of: "otter" } }, problems: [] });
  expect(await askAll(bench.deps, cast, "stats", asked)).toEqual({
    capabilities: {},
    problems: ["capability/c failed at stats: no"],
  });
  const { problems } = await askAll(bench.deps, castOf({ show: async () => [] as never }), "show", asked);
  expect(problems).toEqual(["capability/c gives facts for show that cannot be used: it is not an object"]);
  expect(await askAll(bench.deps, castOf({}), "show", boom)).toEqual({ capabilities: {}, problems: [] });
});

test("variables for a command: asked with it, checked, and no two different ones", async () => {
  const asked = async () => about;
  const members = { commandEnv: async (_: Ctx, { argv }: { argv: readonly string[] }) => ({ FOR: argv[0]! }) };
  const cast = castOf(members);
  const more = (value: string) => {
    const participant = { ...cast.parts[1]!.participant, commandEnv: async () => ({ FOR: value, B: "2" }) };
    return { ...cast, parts: [...cast.parts, { key: "capability/d", participant, config: {} }] };
  };
  const command = { argv: ["make", "test"] };
  expect(await commandEnv(bench.deps, cast, command, asked)).toEqual({ FOR: "make" });
  expect(await commandEnv(bench.deps, more("make"), command, asked)).toEqual({ FOR: "make", B: "2" });
  expect(await failure(commandEnv(bench.deps, more("gcc"), command, asked))).toMatchObject({
    code: "CONTRIBUTION_CLASH",
    message: "capability/c and capability/d both contribute the variable FOR",
  });
  const broken = castOf({ commandEnv: async () => ({ "A=B": "" }) });
  expect((await failure(commandEnv(bench.deps, broken, command, asked))).message).toContain(
    "capability/c gives variables",
  );
  expect(await commandEnv(bench.deps, castOf({}), command, boom)).toEqual({});
});

test("an address comes from who has one; nonsense and failures leave it to the network", async () => {
  const of = (address: () => Promise<string | null>) => addressOf("0", { cast: castOf({ address }), nics: [] });
  expect(await of(async () => "127.1.2.3")).toBe("127.1.2.3");
  for (const address of [async () => null, async () => "\x1b[2J", boom]) expect(await of(address)).toBeNull();
});
