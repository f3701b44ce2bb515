import { expect, test } from "bun:test";
import fc from "fast-check";
import { encodeFrame, FrameParser } from "./frame-codec.ts";
import { frameTypes, maxFrameBytes } from "./frames.ts";

const frames = fc.array(
  fc.record({ type: fc.constantFrom(...Object.values(frameTypes)), payload: fc.uint8Array({ maxLength: 300 }) }),
);

test("frames come out as they went in, however the bytes are cut", () => {
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (sent, cuts) => {
      const bytes = Buffer.concat(sent.map(({ type, payload }) => encodeFrame(type, payload)));
      const parser = new FrameParser();
      const got: { type: number; payload: Uint8Array }[] = [];
      for (let at = 0, cut = 0; at < bytes.length; cut++) {
        const size = cuts[cut % cuts.length]!;
        for (const { type, payload } of parser.push(bytes.subarray(at, at + size)))
          got.push({ type, payload: Uint8Array.from(payload) });
        at += size;
      }
      expect(got).toEqual(sent.map(({ type, payload }) => ({ type, payload: Uint8Array.from(payload) })));
      expect(parser.complete).toBe(true);
    }),
  );
});

test("any bytes are frames, wait for more, or are refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        for (const { payload } of new FrameParser().push(bytes))
          expect(payload.length).toBeLessThanOrEqual(bytes.length);
      } catch (thrown) {
        expect((thrown as { code: string }).code).toBe("BAD_REQUEST");
      }
    }),
  );
  const long = encodeFrame(frameTypes.stdin);
  new DataView(long.buffer).setUint32(1, maxFrameBytes + 1);
  expect(() => [...new FrameParser().push(long)]).toThrow("is longer than");
});
