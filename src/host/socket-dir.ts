import { acceptPrivate } from "./private-stat.ts";

/**
 * Refuses to go into a directory of sockets that somebody else could have made; one that is not there is fine. A link is judged by
 * what it leads to: nobody else can listen in a private directory of ours. `owner` is whose it must be, default ours. Loads nothing: it is on the way of every command.
 * @throws BangerError STATE_UNUSABLE
 */
export async function trustSocketDir(path: string, owner?: number): Promise<void> {
  const stat = await Bun.file(path)
    .stat()
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw error;
    });
  if (stat !== null) acceptPrivate(path, stat, true, owner);
}
