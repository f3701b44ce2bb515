import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
  type Stats,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Place } from "./find.ts";
import { refused } from "./manifest.ts";

/** The files that a plugin is, as they are pinned. */
export interface PluginFiles {
  /** `sha256:` and hex, of all its files: names, links and contents. */
  readonly digest: string;
  readonly count: number;
  readonly bytes: number;
}

const most = { files: 20_000, bytes: 256 * 2 ** 20 };

/**
 * Looks at everything that a plugin is made of and sums it up. Nothing may be anybody's but ours or root's, or writable by others, and no
 * link may lead out: what is pinned is all that there is. @throws BangerError PLUGIN_REFUSED
 */
export function readFiles({ name, root, folder, manifestPath }: Place, dir: string, uid: number): PluginFiles {
  // Links are followed here: people keep their dotfiles elsewhere.
  for (const above of [dirname(dir), dir]) accept(name, above, statSync(above), uid);
  const hash = new Bun.CryptoHasher("sha256");
  let count = 0;
  let bytes = 0;
  const add = (...parts: (string | Uint8Array)[]): void => {
    for (const part of parts) hash.update(`${part.length}:`).update(part);
  };
  const visit = (path: string): void => {
    const found = stat(name, path);
    accept(name, path, found, uid);
    const own = relative(dir, path);
    if (found.isSymbolicLink()) {
      if (path === root || !leadsInside(path, root)) throw refused(name, `the link ${path} leads out of it`);
      add("link", own, readlinkSync(path));
    } else if (found.isDirectory()) {
      add("folder", own);
      for (const entry of readdirSync(path).toSorted()) visit(join(path, entry));
      return;
    } else if (found.isFile()) {
      const content = readOwn(name, path, uid);
      bytes += content.length;
      add("file", own, content);
    } else throw refused(name, `${path} is no file, folder or link`);
    count += 1;
    if (count > most.files) throw refused(name, `it has more than ${most.files} files`);
    if (bytes > most.bytes) throw refused(name, `it has more than ${most.bytes / 2 ** 20} MiB`);
  };
  visit(root);
  if (!folder) visit(manifestPath);
  return { digest: `sha256:${hash.digest("hex")}`, count, bytes };
}

/** The text of a file that is ours, and its digest. @throws BangerError PLUGIN_REFUSED */
export function readOwnText(
  name: string,
  path: string,
  uid: number,
): { readonly text: string; readonly digest: string } {
  accept(name, path, stat(name, path), uid);
  const content = readOwn(name, path, uid);
  const digest = `sha256:${new Bun.CryptoHasher("sha256").update(content).digest("hex")}`;
  return { text: content.toString("utf8"), digest };
}

function readOwn(name: string, path: string, uid: number): Buffer {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const found = fstatSync(fd);
    accept(name, path, found, uid);
    if (!found.isFile()) throw refused(name, `${path} is no file`);
    if (found.size > most.bytes) throw refused(name, `${path} has more than ${most.bytes / 2 ** 20} MiB`);
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

function stat(name: string, path: string): Stats {
  try {
    return lstatSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") throw refused(name, `there is no ${path}`);
    throw refused(name, `${path} cannot be looked at (${code})`);
  }
}

function accept(name: string, path: string, found: Stats, uid: number): void {
  if (found.uid !== uid && found.uid !== 0)
    throw refused(name, `${path} belongs to user ${found.uid}, not to you`, { hint: `sudo chown ${uid} ${path}` });
  // A link's own mode means nothing.
  if (!found.isSymbolicLink() && (found.mode & 0o022) !== 0)
    throw refused(name, `others can write to ${path}`, { hint: `if nobody tampered with it: chmod go-w ${path}` });
}

function leadsInside(path: string, root: string): boolean {
  try {
    const [target, home] = [realpathSync(path), realpathSync(root)];
    return target === home || target.startsWith(`${home}/`);
  } catch {
    return false;
  }
}
