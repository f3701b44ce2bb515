import { readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Kernel } from "../core/model/image.ts";
import { baseInitramfs } from "../guest/initramfs.ts";

/**
 * The initramfs that all VMs of a kernel share, kept as a file of the cache: made once for each kernel and agent. A kernel's boot
 * directory is named after its content.
 */
export class InitramfsCache {
  readonly #made = new Map<string, Promise<string>>();

  constructor(
    private readonly dir: string,
    private readonly agent: () => Uint8Array,
  ) {}

  /** Path of the archive for a kernel. */
  async of(kernel: Kernel): Promise<string> {
    const made = this.#made.get(kernel.bootDir) ?? this.#make(kernel);
    this.#made.set(kernel.bootDir, made);
    try {
      const path = await made;
      await stat(path);
      return path;
    } catch {
      this.#made.delete(kernel.bootDir);
      return this.#make(kernel);
    }
  }

  async #make(kernel: Kernel): Promise<string> {
    const agent = this.agent();
    const modules = await Promise.all(
      kernel.bootModules.map(async (name) => ({
        name,
        content: new Uint8Array(await readFile(join(kernel.bootDir, name))),
      })),
    );
    const own = `initramfs-${hash(agent)}-`;
    const path = join(this.dir, `${own}${hash(kernel.bootDir)}.cpio`);
    const partial = `${path}.${process.pid}.partial`;
    await writeFile(partial, baseInitramfs({ agent, modules }), { mode: 0o600 });
    await rename(partial, path);
    await this.#sweep(own);
    return path;
  }

  /** Those of former agents go: this daemon's VMs boot with copies, and nobody else reads them. */
  async #sweep(own: string): Promise<void> {
    const others = (await readdir(this.dir)).filter(
      (name) => /^initramfs-.*\.cpio$/.test(name) && !name.startsWith(own),
    );
    await Promise.all(others.map((name) => rm(join(this.dir, name), { force: true })));
  }
}

function hash(data: Uint8Array | string): string {
  return new Bun.CryptoHasher("sha256").update(data).digest("hex").slice(0, 16);
}
