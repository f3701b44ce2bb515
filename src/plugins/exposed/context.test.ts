import { expect, test } from "bun:test";
import { Rehearsal } from "../../core/engine/rehearsal.ts";
import { failure } from "../../../test/helpers/failure.ts";
import { fakePlace } from "../../../test/helpers/places.ts";
import { exposeContext } from "./context.ts";

/** A context as a plugin calls it: with whatever it likes. */
async function exposed(asked: string[] = []) {
  const { vm, host } = await fakePlace();
  const participant = { name: "hello", stages: {}, undo: { remove: async () => {} } };
  const rehearsal = new Rehearsal(
    participant,
    vm,
    host,
    {},
    {
      privileged: Object.assign(async (name: string) => (asked.push(name), null), { available: true }),
    },
  );
  const rights = { name: "hello", privileged: ["nat.add" as const], undos: ["remove"] };
  const members = exposeContext(rehearsal.ctx(), rights) as unknown as Record<
    string,
    (...args: unknown[]) => Promise<unknown>
  >;
  const call = async (name: string, ...args: unknown[]) => members[name]!(...args);
  return { call, members, rehearsal };
}

test("an effect is journaled, with what its change gives", async () => {
  const { call, rehearsal } = await exposed();
  expect(await call("effect", "remove", { path: "/x" }, async () => ({ made: 1 }))).toEqual({ made: 1 });
  expect(rehearsal.effects).toMatchObject([{ undo: "remove", args: { path: "/x" }, done: true, result: { made: 1 } }]);
});

const nothing = async (): Promise<null> => null;

test.each([
  ["effect", ["other", {}, nothing], "asks for the undo other, which it does not have"],
  ["effect", ["remove", [], nothing], "ctx.effect was called with bad arguments: argument 2"],
  ["effect", ["remove", {}, 7], "argument 3: must be a function"],
  ["effect", ["remove", {}, nothing, { scope: "host" }], "argument 4.scope"],
  ["reserve", ["pool", -1], "argument 2"],
  ["privileged", ["nat.remove", {}], "the privileged operation nat.remove, which its manifest does not list"],
  ["privileged", ["__proto__", {}], "which its manifest does not list"],
  ["emit", [7], "ctx.emit was called with bad arguments"],
])("%s %p is refused", async (name, args, why) => {
  const asked: string[] = [];
  const { call, rehearsal } = await exposed(asked);
  expect((await failure(call(name, ...args))).message).toContain(why);
  expect(rehearsal.entries).toEqual([]);
  expect(asked).toEqual([]);
});

test("an operation that is listed is asked for", async () => {
  const asked: string[] = [];
  const { call, members } = await exposed(asked);
  await call("privileged", "nat.add", { vm: "x" });
  expect(asked).toEqual(["nat.add"]);
  expect(members["privilegedAvailable"] as unknown).toBe(true);
});
