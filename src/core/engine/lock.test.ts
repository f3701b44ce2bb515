import { expect, test } from "bun:test";
import { KeyedLock } from "./lock.ts";

test("one at a time for a key, in the order of asking; other keys do not wait", async () => {
  const lock = new KeyedLock();
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = lock.run("a", async () => {
    await gate.promise;
    order.push("first");
  });
  const second = lock.run("a", async () => order.push("second"));
  await lock.run("b", async () => order.push("other"));
  gate.resolve();
  await Promise.all([first, second]);
  expect(order).toEqual(["other", "first", "second"]);
});

test("a wait that is cancelled leaves the queue and lets nobody overtake", async () => {
  const lock = new KeyedLock();
  const release = await lock.acquire("a");
  const abort = new AbortController();
  const waiting = lock.acquire("a", abort.signal);
  const third = lock.acquire("a");
  abort.abort(new Error("no longer"));
  expect(waiting).rejects.toThrow("no longer");
  let entered = false;
  void third.then(() => (entered = true));
  await Bun.sleep(1);
  expect(entered).toBe(false);
  release();
  (await third)();
  expect(await lock.run("a", async () => 1)).toBe(1);
});
