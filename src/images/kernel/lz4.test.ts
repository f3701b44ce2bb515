import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { unpackLz4Legacy } from "./lz4.ts";

const magic = [0x02, 0x21, 0x4c, 0x18];
const stream = (...blocks: number[][]): Uint8Array =>
  Uint8Array.from([...magic, ...blocks.flatMap((block) => [block.length & 255, block.length >> 8, 0, 0, ...block])]);
const text = async (packed: Uint8Array): Promise<string> =>
  new TextDecoder().decode(await unpackLz4Legacy(packed, 1 << 24));
const chars = (word: string): number[] => [...Buffer.from(word)];

/** Literals only: the simplest packer there is. */
function pack(data: Uint8Array): number[] {
  const rest = data.length - 15;
  const length = rest < 0 ? [] : [...Array<number>(Math.floor(rest / 255)).fill(255), rest % 255];
  return [Math.min(data.length, 15) << 4, ...length, ...data];
}

describe("LZ4 in the legacy form", () => {
  test("literals, a match that overlaps itself, and blocks one after the other", async () => {
    expect(await text(stream([0x50, ...chars("hello")]))).toBe("hello");
    expect(await text(stream([0x2a, ...chars("ab"), 2, 0, 0x10, ...chars("!")]))).toBe(`${"ab".repeat(8)}!`);
    expect(await text(stream([0x20, ...chars("ab")], [0x20, ...chars("cd")]))).toBe("abcd");
  });

  test("a match that begins behind itself, and a long run's length over several octets", async () => {
    expect(await text(stream([0x60, ...chars("abcdef"), 6, 0, 0x10, ...chars("!")]))).toBe("abcdefabcd!");
    expect(await text(stream([0x1f, ...chars("x"), 1, 0, 255, 6, 0x00]))).toBe("x".repeat(1 + 15 + 255 + 6 + 4));
  });

  test("any data comes back", () => {
    const sizes = fc.uint8Array({ minLength: 1, maxLength: 1200 });
    return fc.assert(
      fc.asyncProperty(sizes, async (data) => expect(await unpackLz4Legacy(stream(pack(data)), 1 << 24)).toEqual(data)),
    );
  });

  test("damage is a RangeError", async () => {
    for (const bad of [
      Uint8Array.of(1, 2, 3),
      stream([0x50, ...chars("hel")]),
      stream([0x10, ...chars("a"), 5, 0]),
      stream([0x10, ...chars("a"), 0, 0]),
      stream([0xf0, 255]),
      Uint8Array.of(...magic, 9, 0, 0, 0, 1),
    ]) {
      expect(unpackLz4Legacy(bad, 1 << 24)).rejects.toThrow(RangeError);
    }
    expect(unpackLz4Legacy(stream([0x50, ...chars("hello")]), 4)).rejects.toThrow("more than 4");
  });

  test("hostile blocks end in data or a RangeError", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.nat(255), { minLength: 1, maxLength: 60 }), async (block) => {
        await unpackLz4Legacy(stream(block), 1 << 24).catch((error: unknown) =>
          expect(error).toBeInstanceOf(RangeError),
        );
      }),
      { numRuns: 50 },
    ));
});
