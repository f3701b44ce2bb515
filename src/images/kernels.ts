import { createHash } from "node:crypto";
import { join } from "node:path";
import type { KernelEntry, KernelSource } from "../../imagecat/schema.ts";
import type { Kernel, KernelManifest } from "../core/model/image.ts";
import { aptKernel } from "./apt/kernel.ts";
import type { LibraryOptions } from "./images.ts";
import { Library } from "./library.ts";
import type { Builders, BuiltKernel } from "./source.ts";
import type { StoredFile } from "./store/files.ts";

export const kernelBuilders: Builders<KernelSource, BuiltKernel> = { "apt-kernel": aptKernel };

/** Kernels: an ELF, the modules that a boot needs, and all its modules as one read-only file system. */
export class Kernels extends Library<KernelSource, KernelEntry, BuiltKernel, KernelManifest, Kernel> {
  constructor({ host, dir, uid, catalog }: LibraryOptions, builders = kernelBuilders) {
    super(host, dir, uid, {
      what: "kernel",
      codes: { notFound: "KERNEL_NOT_FOUND", broken: "KERNEL_BROKEN", failed: "KERNEL_BUILD_FAILED" },
      entries: catalog.kernels,
      builders,
      manifest: kernelManifest,
      item: (manifest, blob, diskBytes) => ({
        ...manifest,
        vmlinux: join(blob, "vmlinux"),
        bootDir: join(blob, "boot"),
        modules: join(blob, "modules.ext4"),
        diskBytes,
      }),
    });
  }
}

/** The blob is named after all its files: the same vmlinux may come with other modules. */
function kernelManifest(
  entry: KernelEntry,
  built: BuiltKernel,
  files: readonly StoredFile[],
): { manifest: KernelManifest; blob: string } {
  const manifest: KernelManifest = {
    name: entry.name,
    version: built.version,
    architecture: "amd64",
    digest: files.find(({ path }) => path === "vmlinux")!.sha256,
    sizeBytes: files.reduce((total, file) => total + file.sizeBytes, 0),
    bootModules: built.bootModules,
    source: built.source,
    createdAt: new Date().toISOString(),
  };
  return { manifest, blob: createHash("sha256").update(JSON.stringify(files)).digest("hex") };
}
