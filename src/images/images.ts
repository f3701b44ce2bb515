import { join } from "node:path";
import type { Catalog, ImageEntry, ImageSource } from "../../imagecat/schema.ts";
import type { Host } from "../core/api/host.ts";
import type { Image, ImageManifest } from "../core/model/image.ts";
import { aptImage } from "./apt/image.ts";
import { Library } from "./library.ts";
import type { Builders, BuiltImage } from "./source.ts";
import type { StoredFile } from "./store/files.ts";

export interface LibraryOptions {
  readonly host: Host;
  /** `~/.local/state/banger/images` or `…/kernels`; made when it is first needed. */
  readonly dir: string;
  readonly uid: number;
  readonly catalog: Catalog;
}

export const imageBuilders: Builders<ImageSource, BuiltImage> = { apt: aptImage };

/** Root file systems. Files are kept by digest, so that a VM keeps the one it was made from when its image is pulled again. */
export class Images extends Library<ImageSource, ImageEntry, BuiltImage, ImageManifest, Image> {
  constructor({ host, dir, uid, catalog }: LibraryOptions, builders = imageBuilders) {
    super(host, dir, uid, {
      what: "image",
      codes: { notFound: "IMAGE_NOT_FOUND", broken: "IMAGE_BROKEN", failed: "IMAGE_BUILD_FAILED" },
      entries: catalog.images,
      builders,
      manifest: imageManifest,
      item: (manifest, blob, diskBytes) => ({ ...manifest, rootfs: join(blob, "rootfs.ext4"), diskBytes }),
    });
  }

  /** Path of the root file system with that digest, or null where it is gone. */
  async rootfs(digest: string): Promise<string | null> {
    return (await this.store.has(digest, "rootfs.ext4")) ? join(this.store.blobDir(digest), "rootfs.ext4") : null;
  }
}

function imageManifest(
  entry: ImageEntry,
  built: BuiltImage,
  files: readonly StoredFile[],
): { manifest: ImageManifest; blob: string } {
  const { sizeBytes, sha256 } = files.find(({ path }) => path === "rootfs.ext4")!;
  const manifest: ImageManifest = {
    name: entry.name,
    distro: entry.distro,
    architecture: "amd64",
    digest: sha256,
    sizeBytes,
    kernel: entry.kernel,
    source: built.source,
    createdAt: new Date().toISOString(),
  };
  return { manifest, blob: sha256 };
}
