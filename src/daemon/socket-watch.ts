import { lstatSync, watch } from "node:fs";
import { dirname } from "node:path";

/**
 * Calls back when the socket is no longer at its path: whoever cleans up runtime directories (a logout, a sweep of /tmp) has taken it away
 * and nobody can reach its daemon any more. Returns what ends the watch.
 */
export function watchSocket(path: string, onGone: () => void): () => void {
  const inode = (): number | undefined => lstatSync(path, { throwIfNoEntry: false })?.ino;
  const own = inode();
  const look = (): void => {
    if (inode() !== own) onGone();
  };
  const watcher = watch(dirname(path), look).on("error", look);
  return () => watcher.close();
}
