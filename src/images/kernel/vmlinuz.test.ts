import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { findPayload, type Packing } from "./vmlinuz.ts";

/** A bzImage with nothing but its setup header and a payload behind `offset` octets of protected-mode code. */
function bzImage(payload: Uint8Array, { setupSectors = 3, offset = 100, version = 0x20f } = {}): Uint8Array {
  const start = ((setupSectors || 4) + 1) * 512 + offset;
  const file = new Uint8Array(start + payload.byteLength + 50);
  const view = new DataView(file.buffer);
  file[0x1f1] = setupSectors;
  view.setUint32(0x202, 0x53726448, true);
  view.setUint16(0x206, version, true);
  view.setUint32(0x248, offset, true);
  view.setUint32(0x24c, payload.byteLength, true);
  file.set(payload, start);
  return file;
}

const bodies: readonly (readonly [Packing, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b, 8]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["lzma", [0x5d, 0, 0]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]],
  ["lzo", [0x89, 0x4c, 0x5a, 0x4f]],
  ["lz4", [2, 0x21, 0x4c, 0x18]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
];

describe("the payload of a kernel", () => {
  test.each(bodies)("packed by %s is found without the size that follows it", (packing, magic) => {
    const payload = new Uint8Array(64).fill(7);
    payload.set(magic);
    const found = findPayload(bzImage(payload));
    expect(found.packing).toBe(packing);
    expect(found.data).toEqual(packing === "gzip" ? payload : payload.subarray(0, 60));
  });

  test("is found where the header counts no setup sectors: there are four", () => {
    const payload = new Uint8Array(64);
    payload.set([0x1f, 0x8b]);
    expect(findPayload(bzImage(payload, { setupSectors: 0 })).data).toEqual(payload);
  });

  test("is the file itself for an ELF", () => {
    const elf = Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 1, 2, 3);
    expect(findPayload(elf)).toEqual({ packing: "elf", data: elf });
  });

  test("is refused where it is not one, too old, cut off or packed in an unknown way", () => {
    const payload = new Uint8Array(64).fill(7);
    expect(() => findPayload(new Uint8Array(4096))).toThrow("not a Linux kernel");
    expect(() => findPayload(bzImage(payload, { version: 0x207 }))).toThrow("2.6.26");
    expect(() => findPayload(bzImage(payload).subarray(0, 2150))).toThrow("cut off");
    expect(() => findPayload(bzImage(payload))).toThrow("packed in a way");
  });

  test("of hostile files is an answer or a RangeError", () => {
    const hostile = fc.tuple(
      fc.uint8Array({ minLength: 0x268, maxLength: 3000 }),
      fc.nat(0xffffffff),
      fc.nat(0xffffffff),
    );
    fc.assert(
      fc.property(hostile, ([file, offset, length]) => {
        const view = new DataView(file.buffer);
        view.setUint32(0x202, 0x53726448, true);
        view.setUint16(0x206, 0x20f, true);
        view.setUint32(0x248, offset, true);
        view.setUint32(0x24c, length, true);
        try {
          findPayload(file);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});
