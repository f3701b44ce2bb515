import { chmod, lstat, mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BangerError } from "../core/api/errors.ts";

/** A change to the tree of an image that is being made. Paths are relative to its root and end in what is changed. */
export type TreeEdit =
  | { readonly kind: "write"; readonly path: string; readonly content: string | Uint8Array; readonly mode?: number }
  /** A `*` at the end of the name fits any rest; what is not there is fine. */
  | { readonly kind: "remove"; readonly path: string }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

/**
 * Makes the changes, in order. The tree's own symbolic links are never followed: they are meant for inside it, and on the way
 * to a path they are an error.
 */
export async function editTree(root: string, edits: readonly TreeEdit[]): Promise<void> {
  for (const edit of edits) {
    const path = join(root, edit.path);
    if (edit.kind === "remove") {
      await checkParents(root, edit.path, false);
      for (const found of await matching(path)) await rm(found, { recursive: true, force: true });
      continue;
    }
    await checkParents(root, edit.path, true);
    const fresh = `${path}.banger-new`; // renamed over the path: a link there is replaced, not followed
    await rm(fresh, { recursive: true, force: true });
    if (edit.kind === "link") {
      await symlink(edit.target, fresh);
    } else {
      await writeFile(fresh, edit.content, { flag: "wx" });
      await chmod(fresh, edit.mode ?? 0o644); // this process's umask must not decide what is in an image
    }
    await rename(fresh, path);
  }
}

async function checkParents(root: string, path: string, make: boolean): Promise<void> {
  const parents = dirname(path)
    .split("/")
    .filter((part) => part !== ".");
  let at = root;
  for (const part of parents) {
    at = join(at, part);
    const found = part === ".." ? null : await lstat(at).catch(() => null);
    if (found?.isDirectory()) continue;
    if (found !== null || part === "..")
      throw new BangerError("IMAGE_BUILD_FAILED", `${at} in the image is not a directory`);
    if (!make) return;
    await mkdir(at);
    await chmod(at, 0o755);
  }
}

async function matching(path: string): Promise<readonly string[]> {
  if (!path.endsWith("*")) return [path];
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => []);
  return names.map((name) => join(folder, name)).filter((found) => found.startsWith(path.slice(0, -1)));
}
