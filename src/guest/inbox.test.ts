import { expect, test } from "bun:test";
import { failure } from "../../test/helpers/failure.ts";
import fc from "fast-check";
import { Inbox } from "./inbox.ts";

const piece = fc.record({ tag: fc.constantFrom(1, 2), data: fc.uint8Array({ maxLength: 700 }) });

async function drain(inbox: Inbox): Promise<{ tag: number; hex: string }[]> {
  const runs: { tag: number; hex: string }[] = [];
  for await (const { tag, data } of inbox) {
    const last = runs.at(-1);
    if (last?.tag === tag) last.hex += data.toHex();
    else runs.push({ tag, hex: data.toHex() });
  }
  return runs;
}

test("bytes come out in order under their tags, however they were gathered, and each is counted once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 60 }), fc.nat(60), async (pieces, early) => {
      let taken = 0;
      const inbox = new Inbox(
        (bytes) => void (taken += bytes),
        () => {},
      );
      for (const { tag, data } of pieces.slice(0, early)) inbox.push(tag, data);
      const result = drain(inbox);
      for (const { tag, data } of pieces.slice(early)) {
        inbox.push(tag, data);
        if (data.length % 3 === 0) await Promise.resolve();
      }
      inbox.end();
      const expected: { tag: number; hex: string }[] = [];
      for (const { tag, data } of pieces.filter(({ data }) => data.length > 0)) {
        if (expected.at(-1)?.tag === tag) expected.at(-1)!.hex += data.toHex();
        else expected.push({ tag, hex: data.toHex() });
      }
      expect(await result).toEqual(expected);
      expect(taken).toBe(pieces.reduce((sum, { data }) => sum + data.length, 0));
    }),
  );
});

test("single bytes of two kinds do not cost a block each", () => {
  const inbox = new Inbox(
    () => {},
    () => {},
  );
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 100_000; i++) inbox.push(i % 2, Uint8Array.of(i));
  expect(process.memoryUsage().rss - before).toBeLessThan(150 << 20);
});

test("a failure comes after what was there; leaving early is told", async () => {
  let left = 0;
  const failing = new Inbox(
    () => {},
    () => void left++,
  );
  failing.push(1, Uint8Array.of(1));
  failing.fail(new Error("gone"));
  const seen: number[] = [];
  const reading = (async () => {
    for await (const { data } of failing) seen.push(...data);
  })();
  expect((await failure(reading)).message).toContain("gone");
  expect(seen).toEqual([1]);
  expect(left).toBe(0);

  const open = new Inbox(
    () => {},
    () => void left++,
  );
  open.push(1, Uint8Array.of(1));
  for await (const _ of open) break;
  expect(left).toBe(1);
});
