import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeAgent, type FakeStream, type Received } from "../../test/helpers/fake-agent.ts";
import { eventually } from "../../test/helpers/eventually.ts";
import { failure } from "../../test/helpers/failure.ts";
import type { Guest } from "../core/api/guest.ts";
import { connectGuest } from "./connect.ts";
import { windowBytes } from "./frame.ts";
import { tags } from "./messages.ts";
import { bytesOf, concat, readList, record } from "./record.ts";

const dir = mkdtempSync(join(tmpdir(), "banger-transfer-"));
const token = crypto.getRandomValues(new Uint8Array(16));
const open: (() => void)[] = [];
afterEach(() => open.splice(0).forEach((close) => close()));
afterAll(() => rmSync(dir, { recursive: true }));

async function session(serve: (stream: FakeStream, request: Received) => unknown): Promise<Guest> {
  const path = join(dir, "agent.sock");
  const fake = new FakeAgent(path, { token, serve });
  const guest = await connectGuest({ kind: "unix", path }, token);
  open.push(
    () => guest.close(),
    () => fake.stop(),
  );
  return guest;
}

const refuse = (stream: FakeStream, code: string, words: string): Promise<void> =>
  stream.message(tags.error, record(1, bytesOf.text(code)), record(2, bytesOf.text(words))).then(() => stream.fin());
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const tick = (ms = 20): Promise<void> => Bun.sleep(ms);
async function* chunks(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}
async function joined(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return concat(...(await Array.fromAsync(parts)));
}

const info = [
  record(1, bytesOf.u64(5_000_000_000n)),
  record(2, bytesOf.u32(0o100644)),
  record(3, bytesOf.u64(1_800_000_000_123_456_789n)),
  record(4, bytesOf.u32(1000)),
  record(5, bytesOf.u32(100)),
];

describe("reading a file", () => {
  test("gives its facts, then its bytes", async () => {
    const guest = await session(async (stream, { tag, body }) => {
      expect([tag, readList(body)[0]!.body]).toEqual([tags.fileGet, bytes("/etc/motd")]);
      await stream.message(tags.ok, ...info);
      await stream.message(tags.data, bytes("hello "));
      await stream.message(tags.data, bytes("world"));
      await stream.message(tags.end);
      await stream.fin();
    });
    const file = await guest.readFile("/etc/motd");
    expect(file.info).toEqual({ size: 5_000_000_000, mode: 0o100644, mtimeMs: 1_800_000_000_123, uid: 1000, gid: 100 });
    expect(await joined(file.data)).toEqual(bytes("hello world"));
  });

  test("that does not exist is GUEST_NOT_FOUND", async () => {
    const guest = await session((stream) => void refuse(stream, "NOT_FOUND", "there is no /nope"));
    expect(await failure(guest.readFile("/nope"))).toMatchObject({
      code: "GUEST_NOT_FOUND",
      message: "there is no /nope",
    });
  });

  test("may fail on the way: what came is there, then the error", async () => {
    const guest = await session(async (stream) => {
      await stream.message(tags.ok, ...info);
      await stream.message(tags.data, bytes("part"));
      await refuse(stream, "IO", "cannot read");
    });
    const { data } = await guest.readFile("/x");
    let seen = 0;
    const reading = (async () => {
      for await (const chunk of data) seen += chunk.length;
    })();
    expect((await failure(reading)).message).toContain("cannot read");
    expect(seen).toBe(4);
  });

  test("at the reader's pace; leaving it ends the transfer", async () => {
    let stream: FakeStream | undefined;
    let sent = 0;
    const guest = await session(async (opened) => {
      stream = opened;
      await opened.message(tags.ok, ...info);
      for (let i = 0; i < 100; i++) {
        await opened.message(tags.data, new Uint8Array(64 * 1024));
        sent += 64 * 1024;
      }
    });
    const { data } = await guest.readFile("/dev/zero");
    await tick();
    expect(sent).toBeLessThanOrEqual(windowBytes);
    for await (const _ of data) break;
    await eventually(() => stream?.reset === true);
  });
});

describe("writing a file", () => {
  const options = { mode: 0o755, uid: 1, gid: 2, makeParents: true };

  test("sends path, mode, owner, then the bytes and their end", async () => {
    const got: Received[] = [];
    const guest = await session((stream, request) => {
      got.push(request);
      stream.onMessage = (message) => {
        got.push(message);
        if (message.tag === tags.end) void stream.message(tags.ok).then(() => stream.fin());
      };
    });
    await guest.writeFile("/srv/a", chunks(bytes("he"), new Uint8Array(), bytes("llo")), options);
    const fields = readList(got[0]!.body).map(({ tag, body }) => `${tag} ${body.toHex()}`);
    expect(fields).toEqual(["1 2f7372762f61", "2 000001ed", "3 00000001", "4 00000002", "5 01"]);
    expect(got.slice(1).map(({ tag, body }) => [tag, Buffer.from(body).toString()])).toEqual([
      [tags.data, "he"],
      [tags.data, "llo"],
      [tags.end, ""],
    ]);
  });

  test("ends at once when the guest refuses it, however slow the source is", async () => {
    const guest = await session((stream) => {
      stream.credit = async () => {};
      stream.onMessage = () => {};
      setTimeout(() => void refuse(stream, "IO", "no space left"), 20);
    });
    const never = (async function* (): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10);
      await new Promise(() => {});
    })();
    expect((await failure(guest.writeFile("/x", never, options))).message).toContain("no space left");
    const endless = (async function* (): AsyncGenerator<Uint8Array> {
      for (;;) yield new Uint8Array(64 * 1024);
    })();
    expect((await failure(guest.writeFile("/x", endless, options))).message).toContain("no space left");
  });

  test("a source that fails is the error, and the guest hears of a reset", async () => {
    let stream: FakeStream | undefined;
    const guest = await session((opened) => void (stream = opened));
    const failing = (async function* (): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10);
      throw new Error("disk on fire");
    })();
    expect((await failure(guest.writeFile("/x", failing, options))).message).toContain("disk on fire");
    await eventually(() => stream?.reset === true);
    expect(stream!.messages.some(({ tag }) => tag === tags.end)).toBe(false);
  });
});

describe("dialling", () => {
  test("is bytes both ways with half-closes", async () => {
    const guest = await session(async (stream, { tag, body }) => {
      expect([tag, readList(body).map((field) => field.body)]).toEqual([
        tags.dial,
        [bytes("localhost"), bytesOf.u16(8080)],
      ]);
      const heard: Uint8Array[] = [];
      stream.raw = (piece) => {
        heard.push(piece.slice());
        if (concat(...heard).length < 5) return;
        void stream.send(concat(bytes("you said "), ...heard)).then(() => stream.fin());
      };
      await stream.send(concat(record(tags.ok), bytes("welcome, ")));
    });
    const connection = await guest.dial({ host: "localhost", port: 8080 });
    await connection.write(bytes("hello"));
    expect(new TextDecoder().decode(await joined(connection.read()))).toBe("welcome, you said hello");
    await connection.end();
    await connection.write(bytes("dropped"));
  });

  test("a refusal is an error of the guest's", async () => {
    const guest = await session((stream) => void refuse(stream, "REFUSED", "nobody listens on port 1"));
    expect(await failure(guest.dial({ path: "/run/x" }))).toMatchObject({ code: "GUEST_ERROR" });
  });

  test("close ends both directions", async () => {
    let stream: FakeStream | undefined;
    const guest = await session((opened) => {
      stream = opened;
      void opened.message(tags.ok);
    });
    const connection = await guest.dial({ host: "::1", port: 1 });
    connection.close();
    expect(await joined(connection.read())).toEqual(new Uint8Array());
    await eventually(() => stream?.reset === true);
  });
});
