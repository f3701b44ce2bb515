import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { lstat, open, readdir, rename, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A file of a blob; the path is relative to it. */
export interface StoredFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** All files under a directory, in the order of their paths, flushed to the disk and their contents summed. */
export async function sealFiles(dir: string, signal: AbortSignal): Promise<readonly StoredFile[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files: StoredFile[] = [];
  for (const path of paths.toSorted()) files.push({ path: path.slice(dir.length + 1), ...(await seal(path, signal)) });
  for (const folder of new Set([...paths.map(dirname), dir])) await syncPath(folder);
  return files;
}

async function seal(path: string, signal: AbortSignal): Promise<Omit<StoredFile, "path">> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await file.sync();
    const hash = createHash("sha256");
    const buffer = new Uint8Array(1 << 20);
    let sizeBytes = 0;
    for (let read = -1; read !== 0; sizeBytes += read) {
      signal.throwIfAborted();
      read = (await file.read(buffer, 0, buffer.byteLength, null)).bytesRead;
      hash.update(buffer.subarray(0, read));
    }
    return { sizeBytes, sha256: hash.digest("hex") };
  } finally {
    await file.close();
  }
}

/** Replaces a file in one step that survives a power cut. `temporary` is a path on the same file system. */
export async function replaceFile(path: string, temporary: string, content: string): Promise<void> {
  const file = await open(temporary, "wx", 0o600);
  await closing(file, async () => {
    await file.writeFile(content);
    await file.sync();
  });
  await rename(temporary, path);
  await syncPath(dirname(path));
}

/** Flushes a directory's entries to the disk. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  await closing(handle, () => handle.sync());
}

async function closing(handle: FileHandle, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    await handle.close();
  }
}

/** Bytes that a tree really takes on the disk; 0 where there is none. */
export async function diskUse(dir: string): Promise<number> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  const stats = await Promise.all(entries.map((entry) => lstat(join(entry.parentPath, entry.name)).catch(() => null)));
  return stats.reduce((total, stat) => total + (stat?.blocks ?? 0) * 512, 0);
}
