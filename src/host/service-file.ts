import type { Service } from "../core/model/service.ts";
import { servicePlaces } from "../core/model/service-places.ts";
import { BangerError } from "../core/api/errors.ts";

/**
 * The record of the installed service, or null when there is none or an empty one: one question to the file system then, as it is on the
 * way of every command. Only root may have been able to write it: the file and its folder belong to root and nobody else may write to them.
 * @param root the user that counts as root, for tests
 * @throws BangerError INSTALL_RECORD
 */
export async function readService(path: string = servicePlaces.record, root = 0): Promise<Service | null> {
  // stat() would start Bun's thread pool, which costs more than the rest of a short command.
  if (Bun.file(path).size === 0) return null;
  const [{ constants, open, lstat }, { parseService }] = await Promise.all([
    import("node:fs/promises"),
    import("../core/model/service.ts"),
  ]);
  const folder = path.slice(0, path.lastIndexOf("/"));
  trust(folder, await lstat(folder), (stat) => stat.isDirectory(), root);
  let file;
  try {
    // Without O_NONBLOCK a named pipe would hold the process up.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw refused(path, `it cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    const stat = await file.stat();
    trust(path, stat, () => stat.isFile(), root);
    if (stat.size > maxBytes) throw refused(path, `it is larger than ${maxBytes} bytes`);
    return parseService(await file.readFile("utf8"));
  } finally {
    await file.close();
  }
}

const maxBytes = 65_536;

interface Ownership {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

function trust<S extends Ownership>(path: string, stat: S, isKind: (stat: S) => boolean, root: number): void {
  if (!isKind(stat)) throw refused(path, "it is a link or of another kind");
  const why = writableByOthers(stat, root);
  if (why !== null) throw refused(path, why);
}

/** Why somebody else than root may write to what has this owner and mode, or null. Pure. */
export function writableByOthers({ uid, gid, mode }: Ownership, root = 0): string | null {
  if (uid !== root) return `it belongs to user ${uid}, not to root`;
  if ((mode & 0o002) !== 0) return "everybody may write to it";
  return (mode & 0o020) !== 0 && gid !== 0 ? `group ${gid} may write to it` : null;
}

function refused(path: string, why: string): BangerError {
  return new BangerError("INSTALL_RECORD", `${path} cannot be trusted: ${why}`, {
    hint: "sudo banger system install writes it anew, sudo banger system uninstall takes it away",
  });
}
