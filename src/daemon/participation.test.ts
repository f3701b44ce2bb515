import { expect, test } from "bun:test";
import type { Ctx } from "../core/api/participant.ts";
import { failure } from "../../test/helpers/failure.ts";
import type { Capability } from "../core/api/capability.ts";
import type { Cast } from "../core/engine/boot.ts";
import { Bench } from "../core/engine/testing.ts";
import { askCapability, changeConfig, takeOver } from "./participation.ts";

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
