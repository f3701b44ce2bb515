import { expect, test } from "bun:test";
import type { Json, JsonObject } from "../api/json.ts";
import { failure } from "../../../test/helpers/failure.ts";
import { effectOf } from "./effects.ts";
import { Bench } from "./testing.ts";

const never = new AbortController().signal;

function begin() {
  const bench = new Bench();
  const part = bench.part("capability/x", "x", {});
  return { bench, effect: effectOf(bench.journal, bench.vm.id, part, never) };
}

test("what is no JSON does not get as far as the journal, and its change is not made", async () => {
  const { bench, effect } = begin();
  for (const args of [{ at: new Date() }, { path: () => "" }, []] as unknown as JsonObject[]) {
    const made = failure(effect("remove", args, async () => (bench.calls.push("made"), null)));
    expect((await made).message).toStartWith("capability/x gives arguments for the undo remove that cannot be used: ");
  }
  expect({ calls: bench.calls, entries: bench.entries }).toEqual({ calls: [], entries: [] });
});

test("a change whose result is no JSON counts as one that was not seen to finish", async () => {
  const { bench, effect } = begin();
  const error = await failure(effect("remove", { path: "/x" }, async () => new Map() as unknown as Json));
  expect(error.message).toBe(
    "capability/x gives a result of the effect with the undo remove that cannot be used: it is an object of class Map, not JSON",
  );
  expect(bench.entries).toMatchObject([{ args: { path: "/x" }, done: false, result: null }]);
});

test("no result is null", async () => {
  const { bench, effect } = begin();
  expect(await effect("remove", {}, async () => undefined as unknown as Json)).toBeNull();
  expect(bench.entries).toMatchObject([{ done: true, result: null }]);
});
