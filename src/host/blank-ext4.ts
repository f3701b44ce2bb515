import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { errno, libc, systemError } from "./libc.ts";

/** What a new ext4 file system has written: everything else of its file is zeros. */
export type Blank = readonly { readonly offset: number; readonly data: Uint8Array }[];

const block = 4096;
/** A new file system of 1 TiB has some 5 MiB; without sparse files the zeros would count. */
const mostBytes = 64 * 2 ** 20;
const [seekData, seekHole] = [3, 4];

/** Where the superblock and its parts are (ext4's on-disk format), in bytes. */
const superblock = 1024;
const field = { incompatible: 0x60, readOnly: 0x64, uuid: 0x68, checksum: 0x3fc } as const;
const [checksumSeed, metadataChecksums] = [0x2000, 0x400];

/** Reads a file system that nobody has used yet; null where it is not worth it, or its UUID could not be changed. */
export function readBlank(path: string): Blank | null {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const parts: { offset: number; data: Uint8Array }[] = [];
    let total = 0;
    for (const { from, to } of extents(fd)) {
      total += to - from;
      if (total > mostBytes) return null;
      const data = new Uint8Array(to - from);
      if (readSync(fd, data, 0, data.length, from) !== data.length) return null;
      parts.push(...written(data, from));
    }
    return parts[0] !== undefined && hasSeed(parts[0]) ? parts : null;
  } finally {
    closeSync(fd);
  }
}

/** Writes it to an empty file of the same size, with a UUID of its own: the checksums that hang on the UUID have a seed instead. */
export function writeBlank(fd: number, [first, ...others]: Blank): void {
  if (first === undefined) return;
  const data = first.data.slice();
  const head = data.subarray(superblock);
  head.set(Buffer.from(crypto.randomUUID().replaceAll("-", ""), "hex"), field.uuid);
  new DataView(head.buffer, head.byteOffset).setUint32(field.checksum, crc32c(head.subarray(0, field.checksum)), true);
  for (const { offset, data: bytes } of [{ offset: first.offset, data }, ...others]) {
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at, bytes.length - at, offset + at);
  }
}

function hasSeed({ offset, data }: Blank[number]): boolean {
  if (offset !== 0 || data.length < block) return false;
  const head = new DataView(data.buffer, data.byteOffset + superblock);
  const seeded = (head.getUint32(field.incompatible, true) & checksumSeed) !== 0;
  return seeded && (head.getUint32(field.readOnly, true) & metadataChecksums) !== 0;
}

/** Where the file has data, in bytes. */
function* extents(fd: number): Generator<{ readonly from: number; readonly to: number }> {
  const { size } = fstatSync(fd);
  for (let from = 0, to = 0; to < size;) {
    from = seek(fd, to, seekData) ?? size;
    if (from >= size) return;
    to = seek(fd, from, seekHole) ?? size;
    yield { from, to };
  }
}

/** Null where there is no more of it. */
function seek(fd: number, offset: number, whence: number): number | null {
  const at = Number(libc.lseek(fd, offset, whence));
  if (at >= 0) return at;
  const code = errno();
  if (code === "ENXIO") return null;
  throw systemError("lseek", code);
}

/** The runs of blocks that are not all zeros. */
function* written(data: Uint8Array, offset: number): Generator<Blank[number]> {
  const zeros = Buffer.alloc(block);
  const isZero = (at: number): boolean => zeros.subarray(0, data.length - at).equals(data.subarray(at, at + block));
  for (let at = 0; at < data.length; at += block) {
    const from = at;
    while (at < data.length && !isZero(at)) at += block;
    if (at > from) yield { offset: offset + from, data: data.slice(from, at) };
  }
}

/** CRC-32C, begun with ones and not inverted at the end, as ext4 wants it. Pure. */
export function crc32c(data: Uint8Array): number {
  let crc = ~0;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return crc >>> 0;
}
