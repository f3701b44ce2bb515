import { expect, test } from "bun:test";
import type { Emit, ProgressEvent } from "../core/api/events.ts";
import { Pulls } from "./pulls.ts";

/** Work that a test ends by hand. */
function byHand() {
  const end = Promise.withResolvers<string>();
  const state = { started: 0, stopped: false, emit: (() => undefined) as Emit };
  const work = (emit: Emit, signal: AbortSignal): Promise<string> => {
    state.started++;
    state.emit = emit;
    signal.addEventListener("abort", () => {
      state.stopped = true;
      end.reject(new Error("stopped"));
    });
    return end.promise;
  };
  return { state, work, end };
}

const settle = (): Promise<void> => Bun.sleep(1);
const started: ProgressEvent = { type: "step-start", step: "image", subject: "a" };
const half: ProgressEvent = {
  type: "step-progress",
  step: "image",
  subject: "a",
  label: "x",
  done: 1,
  total: 2,
  unit: "files",
};

test("many who want the same get one attempt, its progress and its result", async () => {
  const pulls = new Pulls<string>();
  const { state, work, end } = byHand();
  const seen: ProgressEvent[][] = [[], []];
  const first = pulls.join("a", work, { emit: (event) => seen[0]!.push(event) });
  await settle();
  state.emit(started);
  state.emit(half);
  const second = pulls.join("a", work, { emit: (event) => seen[1]!.push(event) });
  end.resolve("done");
  expect(await Promise.all([first, second])).toEqual(["done", "done"]);
  expect(state.started).toBe(1);
  expect(seen).toEqual([
    [started, half],
    [started, half],
  ]);
});

test("other names have attempts of their own, and so has who comes after the end", async () => {
  const pulls = new Pulls<string>();
  const [a, b] = [byHand(), byHand()];
  const both = [pulls.join("a", a.work, {}), pulls.join("b", b.work, {})];
  a.end.resolve("a");
  b.end.resolve("b");
  expect(await Promise.all(both)).toEqual(["a", "b"]);
  expect(await pulls.join("a", async () => "again", {})).toBe("again");
});

test("who cancels leaves; the last one who does ends the work", async () => {
  const pulls = new Pulls<string>();
  const { state, work } = byHand();
  const controllers = [new AbortController(), new AbortController()];
  const joined = controllers.map(({ signal }) => pulls.join("a", work, { signal }));
  const codes = Promise.all(joined.map((one) => one.catch((error: { code: string }) => error.code)));
  await settle();
  controllers[0]!.abort();
  await settle();
  expect(state.stopped).toBe(false);
  controllers[1]!.abort();
  expect(await codes).toEqual(["CANCELLED", "CANCELLED"]);
  expect(state.stopped).toBe(true);
});

test("who comes while a cancelled attempt is still cleaning up starts afresh", async () => {
  const pulls = new Pulls<string>();
  const cleaned = Promise.withResolvers<string>();
  const controller = new AbortController();
  const first = pulls
    .join("a", () => cleaned.promise, { signal: controller.signal })
    .catch((error: { code: string }) => error.code);
  await settle();
  controller.abort();
  expect(await pulls.join("a", async () => "fresh", {})).toBe("fresh");
  cleaned.reject(new Error("stopped"));
  expect(await first).toBe("CANCELLED");
});

test("a failure reaches all, and a waiter cancelled beforehand starts nothing", async () => {
  const pulls = new Pulls<string>();
  const { state, work, end } = byHand();
  const joined = [pulls.join("a", work, {}), pulls.join("a", work, {})];
  end.reject(new Error("no"));
  expect((await Promise.allSettled(joined)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(pulls.join("b", work, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "CANCELLED" });
  expect(state.started).toBe(1);
});
