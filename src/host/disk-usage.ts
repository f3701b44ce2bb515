import { type Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

const blockBytes = 512;

/** Bytes that a file or tree takes on its disk, holes and what links point to left out; 0 for what is not there. */
export async function diskUsage(path: string): Promise<number> {
  const stat = await lstat(path).catch(ignoreGone);
  if (stat === undefined) return 0;
  const own = stat.blocks * blockBytes;
  if (!stat.isDirectory()) return own;
  const entries: Dirent[] = (await readdir(path, { withFileTypes: true }).catch(ignoreGone)) ?? [];
  let sum = own;
  for (const entry of entries) sum += await diskUsage(join(path, entry.name));
  return sum;
}

function ignoreGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
}
