/** First octets of an LZ4 stream in the legacy form, the one that Linux kernels are packed in. */
export const lz4LegacyMagic = 0x184c2102;

/** What a block of the legacy form unpacks to at most, in octets. */
const blockSize = 8 << 20;

/**
 * Unpacks an LZ4 stream in the legacy form: after the magic number, blocks of a 32-bit little-endian length and that many
 * octets, each 8 MiB when unpacked, the last one less. Other work gets its turn between blocks. Throws RangeError on anything
 * that is not one, and on what unpacks to more than `limit` octets.
 */
export async function unpackLz4Legacy(packed: Uint8Array, limit: number): Promise<Uint8Array> {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  if (packed.byteLength < 4 || view.getUint32(0, true) !== lz4LegacyMagic)
    throw new RangeError("not LZ4 in the legacy form");
  const blocks: Uint8Array[] = [];
  let total = 0;
  for (let at = 4; at < packed.byteLength;) {
    if (at + 4 > packed.byteLength) throw new RangeError("LZ4 ends within a length");
    const length = view.getUint32(at, true);
    at += 4;
    if (length === lz4LegacyMagic) continue; // a stream may follow a stream
    if (length === 0 || at + length > packed.byteLength) throw new RangeError("LZ4 ends within a block");
    const block = unpackBlock(packed.subarray(at, at + length));
    total += block.byteLength;
    if (total > limit) throw new RangeError(`LZ4 unpacks to more than ${limit} octets`);
    blocks.push(block);
    at += length;
    await new Promise(setImmediate);
  }
  const whole = new Uint8Array(total);
  let at = 0;
  for (const block of blocks) {
    whole.set(block, at);
    at += block.byteLength;
  }
  return whole;
}

/** One block: tokens of a literal run and a match, the last one without a match. */
function unpackBlock(from: Uint8Array): Uint8Array {
  const to = new Uint8Array(blockSize);
  let at = 0;
  let end = 0;
  const long = (nibble: number): number => {
    let length = nibble;
    for (let more = nibble === 15; more;) {
      const octet = from[at++];
      if (octet === undefined) throw new RangeError("LZ4 ends within a run's length");
      length += octet;
      more = octet === 255;
    }
    return length;
  };
  while (at < from.byteLength) {
    const token = from[at++]!;
    const literals = long(token >> 4);
    if (at + literals > from.byteLength || end + literals > blockSize) throw new RangeError("an LZ4 run is too long");
    to.set(from.subarray(at, at + literals), end);
    at += literals;
    end += literals;
    if (at === from.byteLength) break;
    if (at + 2 > from.byteLength) throw new RangeError("LZ4 ends within an offset");
    const offset = from[at]! | (from[at + 1]! << 8);
    at += 2;
    const length = long(token & 15) + 4;
    if (offset === 0 || offset > end || end + length > blockSize) throw new RangeError("an LZ4 match is out of range");
    if (offset >= length) {
      to.copyWithin(end, end - offset, end - offset + length);
    } else {
      for (let i = 0; i < length; i++) to[end + i] = to[end - offset + i]!; // the match overlaps itself
    }
    end += length;
  }
  return to.slice(0, end);
}
