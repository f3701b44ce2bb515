import { readFile, rename, stat, writeFile } from "node:fs/promises";
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
    const key = new Bun.CryptoHasher("sha256").update(agent).update(kernel.bootDir).digest("hex").slice(0, 24);
    const path = join(this.dir, `initramfs-${key}.cpio`);
    const partial = `${path}.${process.pid}.partial`;
    await writeFile(partial, baseInitramfs({ agent, modules }), { mode: 0o600 });
    await rename(partial, path);
    return path;
  }
}
