/** How the kernel proper is packed inside a vmlinuz. `elf` is not packed: the file is a vmlinux already. */
export type Packing = "elf" | "gzip" | "bzip2" | "lzma" | "xz" | "lzo" | "lz4" | "zstd";

export interface Payload {
  readonly packing: Packing;
  readonly data: Uint8Array;
}

const magics: readonly (readonly [Packing, readonly number[]])[] = [
  ["elf", [0x7f, 0x45, 0x4c, 0x46]],
  ["gzip", [0x1f, 0x8b]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["lzo", [0x89, 0x4c, 0x5a, 0x4f]],
  ["lz4", [0x02, 0x21, 0x4c, 0x18]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["lzma", [0x5d, 0x00, 0x00]],
];

/**
 * Finds the packed ELF inside a bzImage by its setup header (Linux' boot protocol 2.08 and later: payload_offset at 0x248
 * counts from the end of the setup sectors, payload_length at 0x24c). The kernel's build appends the unpacked size, four
 * octets, to every packing but gzip, which ends with it by itself: they are not part of `data`. Throws RangeError.
 */
export function findPayload(file: Uint8Array): Payload {
  if (packingOf(file) === "elf") return { packing: "elf", data: file };
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.byteLength < 0x268 || view.getUint32(0x202, true) !== 0x53726448) throw new RangeError("not a Linux kernel");
  if (view.getUint16(0x206, true) < 0x208) throw new RangeError("a Linux kernel from before 2.6.26");
  const setupSectors = view.getUint8(0x1f1) || 4;
  const start = (setupSectors + 1) * 512 + view.getUint32(0x248, true);
  const length = view.getUint32(0x24c, true);
  if (length < 16 || start + length > file.byteLength) throw new RangeError("a Linux kernel that is cut off");
  const data = file.subarray(start, start + length);
  const packing = packingOf(data);
  if (packing === null) throw new RangeError("a Linux kernel packed in a way that banger does not know");
  return { packing, data: packing === "gzip" || packing === "elf" ? data : data.subarray(0, length - 4) };
}

function packingOf(data: Uint8Array): Packing | null {
  return magics.find(([, magic]) => magic.every((octet, i) => data[i] === octet))?.[0] ?? null;
}
