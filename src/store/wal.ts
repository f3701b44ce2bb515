/** The write-ahead log of SQLite (https://www.sqlite.org/fileformat2.html#walformat). Integers are big-endian. */
const headerBytes = 32;
const frameHeaderBytes = 24;
const magic = 0x377f0682;
const saltsAt = 16;

/** The first bytes of a log, which change whenever it begins anew; null for one that holds nothing. */
export function walHeader(wal: Uint8Array): Buffer | null {
  return wal.length < headerBytes ? null : Buffer.from(wal.subarray(0, headerBytes));
}

/**
 * The database with every transaction that the log has committed, as SQLite itself would read the two. Pure. A log that is not
 * valid, or from the first frame on that is not, says nothing: that is how its end is found.
 */
export function replayWal(database: Uint8Array, wal: Uint8Array): Uint8Array {
  const { pages, pageBytes, pageCount } = committedPages(wal);
  if (pages.size === 0) return database;
  const result = new Uint8Array(pageCount * pageBytes);
  result.set(database.subarray(0, result.length));
  for (const [number, page] of pages) if (number <= pageCount) result.set(page, (number - 1) * pageBytes);
  return result;
}

interface Committed {
  /** By number, from 1. */
  readonly pages: ReadonlyMap<number, Uint8Array>;
  readonly pageBytes: number;
  /** Of the database after the last commit. */
  readonly pageCount: number;
}

function committedPages(wal: Uint8Array): Committed {
  const view = new DataView(wal.buffer, wal.byteOffset, wal.byteLength);
  const pages = new Map<number, Uint8Array>();
  if (wal.length < headerBytes || (view.getUint32(0) & ~1) >>> 0 !== magic)
    return { pages, pageBytes: 0, pageCount: 0 };
  const littleEndian = view.getUint32(0) === magic;
  const pageBytes = view.getUint32(8);
  const sum = new Checksum(view, littleEndian);
  sum.add(0, 24);
  if (!sum.equals(24) || pageBytes < 512 || pageBytes > 65536) return { pages, pageBytes, pageCount: 0 };
  let pageCount = 0;
  let open: [number, Uint8Array][] = [];
  const frameBytes = frameHeaderBytes + pageBytes;
  for (let at = headerBytes; at + frameBytes <= wal.length; at += frameBytes) {
    if (view.getBigUint64(at + 8) !== view.getBigUint64(saltsAt)) break;
    sum.add(at, 8);
    sum.add(at + frameHeaderBytes, pageBytes);
    if (!sum.equals(at + 16)) break;
    open.push([view.getUint32(at), wal.subarray(at + frameHeaderBytes, at + frameBytes)]);
    const size = view.getUint32(at + 4);
    if (size === 0) continue;
    pageCount = size;
    for (const [number, page] of open) pages.set(number, page);
    open = [];
  }
  return { pages, pageBytes, pageCount };
}

/** The running checksum of a log: over its header, then over each frame in turn. */
class Checksum {
  #a = 0;
  #b = 0;

  constructor(
    private readonly view: DataView,
    private readonly littleEndian: boolean,
  ) {}

  add(at: number, bytes: number): void {
    for (let word = at; word < at + bytes; word += 8) {
      this.#a = (this.#a + this.view.getUint32(word, this.littleEndian) + this.#b) >>> 0;
      this.#b = (this.#b + this.view.getUint32(word + 4, this.littleEndian) + this.#a) >>> 0;
    }
  }

  equals(at: number): boolean {
    return this.view.getUint32(at) === this.#a && this.view.getUint32(at + 4) === this.#b;
  }
}
