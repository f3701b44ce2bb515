import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "../../core/api/host.ts";
import { diskUse, replaceFile, syncPath, type StoredFile } from "./files.ts";
import { Workshop } from "./workshop.ts";

/** What stands in `names/NAME.json`. */
export interface Stored<M> {
  readonly format: 1;
  readonly manifest: M;
  /** Directory in `blobs/` with the files. */
  readonly blob: string;
  readonly files: readonly StoredFile[];
}

/**
 * Named things whose files are kept by content:
 *
 *     names/NAME.json   the manifest; only what has one counts
 *     blobs/DIGEST/     the files; a name that is pulled again leaves the old ones to those who use them
 *     partial/          work in progress
 *
 * A thing is published by renames, the manifest's last.
 */
export class BlobStore<M> {
  readonly workshop: Workshop;
  readonly #host: Host;
  readonly #dir: string;

  constructor(host: Host, dir: string, uid: number) {
    this.#host = host;
    this.#dir = dir;
    this.workshop = new Workshop(host, join(dir, "partial"), uid);
  }

  blobDir(blob: string): string {
    return join(this.#dir, "blobs", blob);
  }

  /** Names of all that is published, in order. */
  async names(): Promise<readonly string[]> {
    const files = await readdir(join(this.#dir, "names")).catch(() => []);
    return files.flatMap(nameOf).toSorted();
  }

  /** What is published under the name; null where nothing is, or nothing that can be read. */
  async find(name: string): Promise<Stored<M> | null> {
    const text = await readFile(this.#nameFile(name), "utf8").catch(() => null);
    if (text === null) return null;
    try {
      const stored = JSON.parse(text) as Stored<M>;
      return stored.format === 1 ? stored : null;
    } catch {
      return null;
    }
  }

  /** What is wrong with the files of a blob, or null: their presence and sizes are checked, not their contents. */
  async problem({ blob, files }: Pick<Stored<M>, "blob" | "files">): Promise<string | null> {
    for (const file of files) {
      const path = join(this.blobDir(blob), file.path);
      const found = await stat(path).catch(() => null);
      if (found === null) return `${path} is missing`;
      if (found.size !== file.sizeBytes) return `${path} has ${found.size} bytes, not ${file.sizeBytes}`;
    }
    return null;
  }

  async has(blob: string, file: string): Promise<boolean> {
    return (await stat(join(this.blobDir(blob), file)).catch(() => null)) !== null;
  }

  diskUse(blob: string): Promise<number> {
    return diskUse(this.blobDir(blob));
  }

  /**
   * Publishes the files of a directory under a name, in place of what had the name.
   * @param shop the workshop directory of the attempt
   * @param dir in it, the files: sealed (flushed, summed)
   */
  async publish(name: string, shop: string, dir: string, stored: Stored<M>): Promise<void> {
    await mkdir(join(this.#dir, "names"), { recursive: true, mode: 0o700 });
    await mkdir(join(this.#dir, "blobs"), { recursive: true, mode: 0o700 });
    if ((await this.problem(stored)) !== null) {
      const target = this.blobDir(stored.blob);
      await rename(target, join(shop, "broken")).catch(ignoreMissing);
      await rename(dir, target);
      await syncPath(join(this.#dir, "blobs"));
    }
    await replaceFile(this.#nameFile(name), join(shop, "manifest.json"), `${JSON.stringify(stored, null, 2)}\n`);
  }

  /** Takes the name away, and its files unless another name or `inUse` has them. */
  async remove(name: string, inUse: ReadonlySet<string>): Promise<void> {
    const stored = await this.find(name);
    await rm(this.#nameFile(name), { force: true });
    if (stored === null) return;
    await syncPath(join(this.#dir, "names"));
    if (!inUse.has(stored.blob) && !(await this.#named()).has(stored.blob))
      await this.#host.remove(this.blobDir(stored.blob));
  }

  /** Removes what dead attempts left, and blobs that neither a name nor `inUse` has, unless somebody is at work. */
  async sweep(inUse: ReadonlySet<string>): Promise<void> {
    if (!(await this.workshop.sweep())) return;
    const named = await this.#named();
    for (const blob of await readdir(join(this.#dir, "blobs")).catch(() => [])) {
      if (!named.has(blob) && !inUse.has(blob)) await this.#host.remove(this.blobDir(blob));
    }
  }

  async #named(): Promise<Set<string>> {
    const all = await Promise.all((await this.names()).map((name) => this.find(name)));
    return new Set(all.flatMap((stored) => (stored === null ? [] : [stored.blob])));
  }

  #nameFile(name: string): string {
    return join(this.#dir, "names", `${encodeURIComponent(name)}.json`);
  }
}

/** The name that a manifest's file stands for; none for a file that is not ours. */
function nameOf(file: string): readonly string[] {
  try {
    return file.endsWith(".json") ? [decodeURIComponent(file.slice(0, -5))] : [];
  } catch {
    return [];
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
