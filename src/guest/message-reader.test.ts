import { expect, test } from "bun:test";
import fc from "fast-check";
import type { BangerError } from "../core/api/errors.ts";
import { MessageReader } from "./message-reader.ts";
import { maxMessageBytes, tags } from "./messages.ts";
import { bytesOf, concat, record, recordHead } from "./record.ts";

/** Feeds pieces; bulk bytes that belong together are joined. */
function read(pieces: readonly Uint8Array[]): { tag: number; body: string }[] {
  const seen: { tag: number; body: string; bulk: boolean }[] = [];
  const reader = new MessageReader({
    message: (tag, body) => void seen.push({ tag, body: body.toHex(), bulk: false }),
    bulk(tag, piece) {
      const last = seen.at(-1);
      if (last?.bulk === true && last.tag === tag) last.body += piece.toHex();
      else seen.push({ tag, body: piece.toHex(), bulk: true });
    },
  });
  for (const piece of pieces) expect(reader.feed(piece)).toBe(piece.length);
  expect(reader.whole).toBe(true);
  return seen.map(({ tag, body }) => ({ tag, body }));
}

function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths.length === 0 ? bytes.length : lengths[i % lengths.length]!;
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

const message = fc.record({
  tag: fc.constantFrom(tags.started, tags.stdout, tags.stderr, tags.ok, tags.data, 0x77),
  body: fc.uint8Array({ maxLength: 2000 }),
});

test("messages are the same however the bytes are cut", () => {
  fc.assert(
    fc.property(fc.array(message), fc.array(fc.integer({ min: 1, max: 900 })), (messages, lengths) => {
      const bytes = concat(...messages.map(({ tag, body }) => record(tag, body)));
      expect(read(cut(bytes, lengths))).toEqual(read([bytes]));
    }),
  );
});

test("bulk bytes are handed on before their message is complete", () => {
  const pieces: number[] = [];
  const reader = new MessageReader({ message: () => {}, bulk: (_, piece) => void pieces.push(piece.length) });
  reader.feed(concat(recordHead(tags.stdout, 1000), new Uint8Array(10)));
  expect(pieces).toEqual([10]);
  expect(reader.whole).toBe(false);
});

test("an announced length is no reason to allocate, a forbidden one is a violation", () => {
  const reader = new MessageReader({ message: () => {}, bulk: () => {} });
  const before = process.memoryUsage().rss;
  const readers = Array.from({ length: 2000 }, () => new MessageReader({ message: () => {}, bulk: () => {} }));
  for (const one of readers) one.feed(concat(recordHead(tags.ok, maxMessageBytes), bytesOf.u8(1)));
  expect(process.memoryUsage().rss - before).toBeLessThan(200 << 20);
  expect(() => reader.feed(recordHead(tags.ok, maxMessageBytes + 1))).toThrow("a message of 1048577 bytes");
});

test("random bytes are messages or a violation", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 100 })), (pieces) => {
      try {
        const reader = new MessageReader({ message: () => {}, bulk: () => {} });
        for (const piece of pieces) reader.feed(piece);
      } catch (error) {
        expect((error as BangerError).code).toBe("GUEST_PROTOCOL");
      }
    }),
  );
});

test("after stop the rest of a piece is left", () => {
  const reader: MessageReader = new MessageReader({ message: () => reader.stop(), bulk: () => {} });
  expect(reader.feed(concat(record(tags.ok), Uint8Array.of(1, 2, 3)))).toBe(5);
});
