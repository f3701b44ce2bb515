import { chunkBytes } from "../../../core/privileged/storage.ts";

/** Of a chunk that is in the COW: where it belongs and where it lies; octets. */
const exceptionBytes = 16;

/**
 * Octets of a COW file that cannot overflow, whatever the guest writes: every chunk of the disk, a table of where they belong for each
 * 256 of them, the header, and a table in reserve. The file is sparse. Pure.
 */
export function cowBytes(diskBytes: number): number {
  const chunks = Math.ceil(diskBytes / chunkBytes);
  const tables = Math.ceil(chunks / (chunkBytes / exceptionBytes));
  return (1 + chunks + tables + 1) * chunkBytes;
}
