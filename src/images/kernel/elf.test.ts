import { expect, test } from "bun:test";
import fc from "fast-check";
import { kernelProblem } from "./elf.ts";

/** An ELF for amd64 with one PT_NOTE segment. */
function elf(notes: Uint8Array): Uint8Array {
  const file = new Uint8Array(120 + notes.byteLength);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(18, 62, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 4, true);
  view.setBigUint64(72, 120n, true);
  view.setBigUint64(96, BigInt(notes.byteLength), true);
  file.set(notes, 120);
  return file;
}

function note(type: number, name = "Xen\0", description = new Uint8Array(5)): Uint8Array {
  const padded = (data: Uint8Array): number[] => [...data, ...Array<number>(-data.length & 3).fill(0)];
  const head = new Uint32Array([name.length, description.length, type]);
  return Uint8Array.from([...new Uint8Array(head.buffer), ...padded(Buffer.from(name)), ...padded(description)]);
}

const both = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

test("a kernel with a PVH entry is fine, wherever among the notes it is", () => {
  expect(kernelProblem(elf(note(18)))).toBeNull();
  expect(kernelProblem(elf(both(note(6), note(18, "GNU\0"), note(18))))).toBeNull();
});

test.each([
  ["is not an ELF", new Uint8Array(100), "ELF"],
  ["has no notes that count", elf(both(note(6), note(18, "GNU\0"))), "PVH"],
  ["is for another machine", elf(note(18)).with(18, 183), "amd64"],
  ["has program headers past its end", elf(note(18)).with(33, 255), "damaged"],
])("a kernel that %s is named as such", (_, file, problem) => {
  expect(kernelProblem(Uint8Array.from(file))).toContain(problem);
});

test("hostile notes end in an answer", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (notes) => void kernelProblem(elf(notes))));
});
