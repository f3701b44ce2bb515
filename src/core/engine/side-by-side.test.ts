import { expect, test } from "bun:test";
import type { Capability } from "../api/capability.ts";
import type { Part } from "./effects.ts";
import { sideBySide } from "./side-by-side.ts";

const never = new AbortController().signal;

function part(key: string, order: Partial<Pick<Capability, "after" | "requires">> = {}): Part {
  return { key, config: null, participant: { name: key, stages: {}, undo: {}, ...order } };
}

test("all are at work at once but those that come after another; what they give is in their own order", async () => {
  const log: string[] = [];
  const parts = [
    part("storage/s"),
    part("capability/a"),
    part("capability/b", { after: ["a", "absent"] }),
    part("capability/c", { requires: ["b"] }),
  ];
  const last = Promise.withResolvers<void>();
  const given = await sideBySide(parts, never, async ({ key }) => {
    log.push(`begin ${key}`);
    await (key === "storage/s" ? last.promise : Bun.sleep(1));
    log.push(`end ${key}`);
    if (key === "capability/c") last.resolve();
    return key;
  });
  expect(given).toEqual(parts.map(({ key }) => key));
  expect(log).toEqual([
    "begin storage/s",
    "begin capability/a",
    "end capability/a",
    "begin capability/b",
    "end capability/b",
    "begin capability/c",
    "end capability/c",
    "end storage/s",
  ]);
});

test("the first failure stops the others and is thrown when nobody is at work any more", async () => {
  const boom = new Error("boom");
  const log: string[] = [];
  const parts = [part("storage/s"), part("capability/a"), part("capability/b", { after: ["a"] })];
  const thrown: unknown = await sideBySide(parts, never, async ({ key }, signal) => {
    log.push(key);
    if (key === "capability/a") throw boom;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    await Bun.sleep(1);
    log.push(`${key} has cleaned up`);
    throw new Error("cancelled");
  }).catch((error: unknown) => error);
  expect(thrown).toBe(boom);
  expect(log).toEqual(["storage/s", "capability/a", "storage/s has cleaned up"]);
});

test("nobody begins once the operation is cancelled", async () => {
  const reason = new Error("Ctrl-C");
  const work = async (): Promise<never> => {
    throw new Error("began");
  };
  expect(sideBySide([part("storage/s")], AbortSignal.abort(reason), work)).rejects.toBe(reason);
});
