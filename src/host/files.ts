import { rm, statfs } from "node:fs/promises";
import { dirname } from "node:path";

/** See Host.remove. */
export async function remove(path: string): Promise<void> {
  // A slash at the end would make the kernel follow a link.
  await rm(path.replace(/(?<=.)\/+$/, ""), { recursive: true, force: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOTDIR") throw error; // something else stands where a folder above it was
  });
}

/** See Host.freeBytes; of a path that is not there yet, the file system it would be on. */
export async function freeBytes(path: string): Promise<number> {
  for (let at = path; ; at = dirname(at)) {
    try {
      const { bavail, bsize } = await statfs(at);
      return bavail * bsize;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || at === dirname(at)) throw error;
    }
  }
}
