import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { plainText } from "../../core/model/plain-text.ts";

const { O_WRONLY, O_RDONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
const tailBytes = 4096;

/** An empty file that only its owner may read. */
export async function emptyLog(path: string): Promise<void> {
  const file = await open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  await file.close();
}

/** The last lines of a log that are not empty, oldest first. */
export async function lastLines(path: string, count: number): Promise<readonly string[]> {
  const lines = (await readTail(path, tailBytes)).split("\n");
  return lines.map(plainText).filter(Boolean).slice(-count);
}

/** What stands in a file's last bytes; they may begin within a character. */
export async function readTail(path: string, bytes: number): Promise<string> {
  const file = await open(path, O_RDONLY | O_NOFOLLOW);
  try {
    const { size } = await file.stat();
    const length = Math.min(size, bytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}
