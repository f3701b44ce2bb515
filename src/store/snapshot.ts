import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { replayWal, walHeader } from "./wal.ts";

/** Larger stores are not looked into: they are read into memory whole. */
const maxBytes = 2 ** 28;
const attempts = 20;

/**
 * The whole database as it was at one moment, read as plain files: nothing is opened as a database, locked or made. null when there
 * is none. Right while a daemon writes: the log is read after the database, and both again if the log has begun anew meanwhile; as long as it
 * has not, it holds every page that a checkpoint may have been writing.
 * @throws Error (with the system's code where it has one) saying why it cannot be read
 */
export async function readSnapshot(path: string): Promise<Uint8Array | null> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const before = readPlain(`${path}-wal`, 32);
    const database = readPlain(path);
    const log = readPlain(`${path}-wal`);
    const again = readPlain(path, 0);
    if (database === null) return null;
    const header = log && walHeader(log.bytes);
    const same =
      sameBytes(before && walHeader(before.bytes), header) && (header !== null || database.version === again?.version);
    if (same) return log === null ? database.bytes : replayWal(database.bytes, log.bytes);
    await Bun.sleep(5);
  }
  throw new Error("it changes too fast to be read");
}

interface Plain {
  readonly bytes: Uint8Array;
  /** Changes with the file. */
  readonly version: string;
}

/** The beginning of a file, or all of it; null where there is none. */
function readPlain(path: string, limit?: number): Plain | null {
  let fd: number;
  try {
    // Without O_NONBLOCK a named pipe would hold the process up.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  try {
    const stat = fstatSync(fd, { bigint: true });
    if (!stat.isFile()) throw new Error("it is not a file");
    if (stat.size > maxBytes) throw new Error(`it is larger than ${maxBytes / 2 ** 20} MiB`);
    const version = [stat.dev, stat.ino, stat.size, stat.mtimeNs].join();
    if (limit === undefined) return { bytes: readFileSync(fd), version };
    const bytes = new Uint8Array(limit);
    return { bytes: bytes.subarray(0, limit === 0 ? 0 : readSync(fd, bytes, 0, limit, 0)), version };
  } finally {
    closeSync(fd);
  }
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
}
