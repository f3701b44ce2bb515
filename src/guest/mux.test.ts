import { describe, expect, test } from "bun:test";
import { failure } from "../../test/helpers/failure.ts";
import fc from "fast-check";
import { BangerError } from "../core/api/errors.ts";
import {
  flags,
  type FrameHead,
  frameHeadBytes,
  frameTypes,
  maxFrameBytes,
  maxStreams,
  readFrameHead,
  windowBytes,
  writeFrameHead,
} from "./frame.ts";
import { Mux } from "./mux.ts";
import type { MuxStream, StreamHandler } from "./mux-stream.ts";
import { concat, recordHeadBytes, viewOf } from "./record.ts";

interface Frame extends FrameHead {
  readonly payload: Uint8Array;
}

function frame(type: number, frameFlags: number, stream: number, length: number, payload?: Uint8Array): Uint8Array {
  const head = new Uint8Array(frameHeadBytes);
  writeFrameHead(viewOf(head), 0, { type, flags: frameFlags, stream, length });
  return payload === undefined ? head : concat(head, payload);
}

const data = (stream: number, payload: Uint8Array, frameFlags = 0): Uint8Array =>
  frame(frameTypes.data, frameFlags, stream, payload.length, payload);

/** Everything the mux wants to send. */
function taken(mux: Mux, batch = 256 * 1024): Frame[] {
  const frames: Frame[] = [];
  const into = new Uint8Array(batch);
  for (let length = mux.take(into); length > 0; length = mux.take(into)) {
    for (let at = 0; at < length;) {
      const head = readFrameHead(into, at);
      const size = head.type === frameTypes.data ? head.length : 0;
      frames.push({ ...head, payload: into.slice(at + frameHeadBytes, at + frameHeadBytes + size) });
      at += frameHeadBytes + size;
    }
  }
  return frames;
}

interface Heard extends StreamHandler {
  readonly bytes: number[];
  ends: number;
  errors: BangerError[];
}

function listener(): Heard {
  const heard: Heard = {
    bytes: [],
    ends: 0,
    errors: [],
    data: (piece) => void heard.bytes.push(...piece),
    end: () => void heard.ends++,
    lost: (error) => void heard.errors.push(error),
  };
  return heard;
}

function opened(): { mux: Mux; stream: MuxStream; heard: Heard } {
  const mux = new Mux(() => {});
  const heard = listener();
  return { mux, stream: mux.open(heard), heard };
}

const violates = (work: () => void, message: string): void => {
  expect(work).toThrow(message);
  try {
    work();
  } catch (error) {
    expect((error as BangerError).code).toBe("GUEST_PROTOCOL");
  }
};

describe("sending", () => {
  test("the first frame opens the stream and carries its bytes, the last one ends it", () => {
    const { mux, stream } = opened();
    void stream.write(Uint8Array.of(1, 2, 3));
    stream.end();
    const sent = { type: frameTypes.data, stream: 1, length: 3, payload: Uint8Array.of(1, 2, 3) };
    expect(taken(mux)).toEqual([{ ...sent, flags: flags.syn | flags.fin }]);
    expect(taken(mux)).toEqual([]);
  });

  test("streams open in the order of their numbers", () => {
    const { mux } = opened();
    const second = mux.open(listener());
    void second.write(Uint8Array.of(9));
    expect(taken(mux).map(({ stream, flags }) => [stream, flags])).toEqual([
      [1, 1],
      [3, 1],
    ]);
  });

  test("stops at the window and goes on when it is widened; the write resolves when the last byte is on its way", async () => {
    const { mux, stream } = opened();
    let written = false;
    const writing = stream.write(new Uint8Array(windowBytes + 10)).then(() => (written = true));
    const first = taken(mux);
    expect(first.reduce((sum, { length }) => sum + length, 0)).toBe(windowBytes);
    expect(Math.max(...first.map(({ length }) => length))).toBe(maxFrameBytes);
    await Promise.resolve();
    expect(written).toBe(false);
    mux.receive(frame(frameTypes.window, 0, 1, 4));
    expect(taken(mux).map(({ length }) => length)).toEqual([4]);
    mux.receive(frame(frameTypes.window, 0, 1, 100));
    expect(taken(mux).map(({ length }) => length)).toEqual([6]);
    await writing;
  });

  test("streams take turns", () => {
    const { mux, stream } = opened();
    const other = mux.open(listener());
    void stream.write(new Uint8Array(windowBytes));
    void other.write(new Uint8Array(windowBytes));
    expect(
      taken(mux)
        .filter(({ length }) => length > 100)
        .map(({ stream }) => stream)
        .slice(0, 4),
    ).toEqual([1, 3, 1, 3]);
  });

  test("an urgent message passes input that the program does not read, whole and between messages", () => {
    const { mux, stream } = opened();
    void stream.write(new Uint8Array(2 * windowBytes), 0x10);
    const before = taken(mux);
    stream.writeUrgent(Uint8Array.of(0x13, 0, 0, 0, 1, 2));
    const [urgent] = taken(mux);
    expect(urgent?.payload).toEqual(Uint8Array.of(0x13, 0, 0, 0, 1, 2));
    // Each frame before it is whole messages.
    for (const { payload } of before) {
      expect(viewOf(payload).getUint32(1)).toBe(payload.length - recordHeadBytes);
    }
  });

  test("a reset tells the peer, drops what waits and rejects its writes", async () => {
    const { mux, stream, heard } = opened();
    const writing = stream.write(new Uint8Array(2 * windowBytes));
    taken(mux);
    stream.reset(new BangerError("CANCELLED", "enough"));
    expect((await failure(writing)).message).toContain("enough");
    expect(taken(mux)).toEqual([
      { type: frameTypes.window, flags: flags.rst, stream: 1, length: 0, payload: new Uint8Array() },
    ]);
    mux.receive(data(1, Uint8Array.of(1), flags.fin));
    expect(heard).toMatchObject({ bytes: [], ends: 0, errors: [] });
  });

  test("finish drops what waits and counts it as written", async () => {
    const { mux, stream } = opened();
    const writing = stream.write(new Uint8Array(2 * windowBytes));
    taken(mux);
    stream.finish();
    await writing;
    expect(taken(mux).map(({ flags }) => flags)).toEqual([flags.fin]);
    await stream.write(Uint8Array.of(1));
    expect(taken(mux)).toEqual([]);
  });
});

describe("receiving", () => {
  test("bytes and ends are the same however they are cut", () => {
    const bytes = concat(
      data(1, Uint8Array.of(1, 2)),
      frame(frameTypes.ping, flags.syn, 0, 77),
      data(1, new Uint8Array()),
      frame(frameTypes.window, 0, 1, 5),
      data(1, Uint8Array.of(3), flags.fin),
    );
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (lengths) => {
        const { mux, heard } = opened();
        taken(mux);
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const length = lengths[i % lengths.length]!;
          mux.receive(bytes.slice(at, at + length));
          at += length;
        }
        expect(heard).toMatchObject({ bytes: [1, 2, 3], ends: 1, errors: [] });
        expect(taken(mux)).toMatchObject([{ type: frameTypes.ping, flags: flags.ack, length: 77 }]);
      }),
    );
  });

  test("the window is given back in large steps, as the bytes are consumed", () => {
    const { mux, stream } = opened();
    taken(mux);
    for (let i = 0; i < 4; i++) mux.receive(data(1, new Uint8Array(maxFrameBytes)));
    stream.credit(maxFrameBytes);
    expect(taken(mux)).toEqual([]);
    stream.credit(maxFrameBytes);
    expect(taken(mux)).toMatchObject([{ type: frameTypes.window, flags: 0, length: 2 * maxFrameBytes }]);
    mux.receive(data(1, new Uint8Array(maxFrameBytes)));
    mux.receive(data(1, new Uint8Array(maxFrameBytes)));
    violates(() => mux.receive(data(1, Uint8Array.of(1))), "data beyond the window");
  });

  test("both ends of a stream make room for another", () => {
    const mux = new Mux(() => {});
    for (let i = 0; i < maxStreams; i++) mux.open(listener()).end();
    expect(() => mux.open(listener())).toThrow("1024 requests to the guest are under way already");
    taken(mux);
    mux.receive(data(1, new Uint8Array(), flags.fin));
    mux.open(listener());
    expect(() => mux.open(listener())).toThrow();
  });

  test("a reset ends both directions", async () => {
    const { mux, stream, heard } = opened();
    const writing = stream.write(new Uint8Array(2 * windowBytes));
    taken(mux);
    mux.receive(frame(frameTypes.window, flags.rst, 1, 0));
    expect(heard.errors.map(({ code }) => code)).toEqual(["GUEST_ERROR"]);
    expect((await failure(writing)).message).toContain("cut a request off");
    expect((await failure(stream.write(Uint8Array.of(1)))).message).toContain("cut a request off");
  });

  test("the end of the session reaches every stream once", async () => {
    const { mux, stream, heard } = opened();
    const writing = stream.write(Uint8Array.of(1));
    mux.fail(new BangerError("GUEST_GONE", "gone"));
    mux.fail(new BangerError("GUEST_GONE", "again"));
    expect((await failure(writing)).message).toContain("gone");
    expect(heard.errors.map(({ message }) => message)).toEqual(["gone"]);
    expect(() => mux.open(listener())).toThrow("the guest is gone");
    expect(taken(mux)).toEqual([]);
  });

  test.each([
    ["a version", Uint8Array.of(1, ...new Uint8Array(11)), "unknown version"],
    ["a type", frame(4, 0, 1, 0), "unknown type"],
    ["a long frame", frame(frameTypes.data, 0, 1, maxFrameBytes + 1), "above 64 KiB"],
    ["a stream on a ping", frame(frameTypes.ping, 0, 1, 0), "wrong stream number"],
    ["data on stream 0", frame(frameTypes.data, 0, 0, 0), "wrong stream number"],
    ["a stream of the guest's", frame(frameTypes.data, flags.syn, 2, 0), "it opened a stream"],
    ["a stream that was never opened", frame(frameTypes.data, 0, 3, 0), "unknown stream 3"],
    ["an even stream", frame(frameTypes.window, 0, 2, 0), "unknown stream 2"],
    ["a huge window", frame(frameTypes.window, 0, 1, 0xffffffff), "absurd window"],
    ["bytes after the end", concat(data(1, new Uint8Array(), flags.fin), data(1, Uint8Array.of(1))), "after the end"],
    ["going away with a reason", frame(frameTypes.goAway, 0, 0, 1), "ended the session with reason 1"],
  ])("%s is a violation", (_, bytes, message) => {
    const { mux } = opened();
    taken(mux);
    violates(() => mux.receive(bytes), message);
  });

  test("random and mutated bytes end in a violation or in nothing", () => {
    const good = concat(
      data(1, new Uint8Array(40)),
      frame(frameTypes.window, 0, 1, 9),
      frame(frameTypes.ping, 1, 0, 1),
    );
    const mutated = fc
      .tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }))
      .map(([at, change]) => good.map((byte, i) => (i === at ? byte ^ change : byte)));
    fc.assert(
      fc.property(fc.array(fc.oneof(mutated, fc.uint8Array({ maxLength: 60 }), fc.constant(good))), (chunks) => {
        const { mux } = opened();
        try {
          for (const chunk of chunks) mux.receive(chunk);
          taken(mux);
        } catch (error) {
          expect(["GUEST_PROTOCOL", "GUEST_GONE"]).toContain((error as BangerError).code);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("a small piece does not keep its chunk alive", () => {
    const { mux } = opened();
    let kept = 0;
    const stream = mux.open({ data: (piece) => void (kept = piece.buffer.byteLength), end() {}, lost() {} });
    taken(mux);
    mux.receive(
      concat(data(stream.id, Uint8Array.of(1)), ...Array.from({ length: 100 }, () => frame(2, flags.ack, 0, 0))),
    );
    expect(kept).toBe(1);
  });
});
