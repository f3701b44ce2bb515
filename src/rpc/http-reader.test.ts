import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { failure } from "../../test/helpers/failure.ts";
import { HttpReader } from "./http-reader.ts";

async function* cut(text: string, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length] ?? bytes.length;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

async function answer(text: string, lengths: readonly number[] = []): Promise<{ status: number; body: string }> {
  const reader = new HttpReader(cut(text, lengths));
  const head = await reader.head();
  const body = Buffer.concat(await Array.fromAsync(reader.body(head))).toString();
  return { status: head.status, body };
}

const answers = {
  sized: "HTTP/1.1 200 OK\r\nContent-Length: 11\r\nX-A: b\r\n\r\nhello world",
  empty: "HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n",
  chunked: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n",
  closed: "HTTP/1.1 200 OK\r\n\r\nhello world",
};

test.each(Object.entries(answers))("a body that is %s is the same however the bytes are cut", async (_, text) => {
  const whole = await answer(text);
  expect(["hello world", ""]).toContain(whole.body);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 }), async (lengths) => {
      expect(await answer(text, lengths)).toEqual(whole);
    }),
  );
});

test("header names are lower case, values trimmed", async () => {
  const head = await new HttpReader(cut(answers.sized, [])).head();
  expect(Object.fromEntries(head.headers)).toEqual({ "content-length": "11", "x-a": "b" });
});

test("after an upgrade the rest is raw bytes", async () => {
  const reader = new HttpReader(cut("HTTP/1.1 101 Switching Protocols\r\n\r\n5\r\nraw", [20]));
  expect((await reader.head()).status).toBe(101);
  expect(Buffer.concat(await Array.fromAsync(reader.rest())).toString()).toBe("5\r\nraw");
});

describe("refuses", () => {
  test.each([
    ["what is not HTTP", "SSH-2.0-x\r\n\r\n", "not HTTP"],
    ["a head without end", `HTTP/1.1 200 OK\r\n${"x".repeat(70_000)}`, "too long"],
    ["a body cut short", answers.sized.slice(0, -1), "in the middle of an answer"],
    ["chunks cut short", answers.chunked.slice(0, -5), "in the middle of an answer"],
    ["a strange chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "encoding is broken"],
  ])("%s", async (_, text, message) => {
    expect((await failure(answer(text))).message).toContain(message);
  });
});
