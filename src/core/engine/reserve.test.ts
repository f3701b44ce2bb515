import { expect, test } from "bun:test";
import { failure } from "../../../test/helpers/failure.ts";
import { reserveOf } from "./reserve.ts";
import { Bench } from "./testing.ts";

test("each VM has a number of its own in a pool, the same at each call, and gives it back with its journal", async () => {
  const { journal, entries } = new Bench();
  const [a, b, c] = ["a", "b", "c"].map((id) => reserveOf(journal, id, "engine", new AbortController().signal)) as [
    ReturnType<typeof reserveOf>,
    ReturnType<typeof reserveOf>,
    ReturnType<typeof reserveOf>,
  ];
  expect([await a("p", 2), await b("p", 2), await a("p", 2)]).toEqual([0, 1, 0]);
  expect(await c("q", 2)).toBe(0);
  expect(await failure(c("p", 2))).toMatchObject({ code: "POOL_EXHAUSTED" });
  journal.remove(entries.find(({ vmId }) => vmId === "a")!.seq);
  expect(await c("p", 2)).toBe(0);
});

test("nothing is reserved once the VM may be on its way out", async () => {
  const { journal, entries } = new Bench();
  const over = AbortSignal.abort(new Error("released"));
  expect((await failure(reserveOf(journal, "a", "engine", over)("p", 2))).message).toBe("released");
  expect(entries).toEqual([]);
});
