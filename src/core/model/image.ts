/** The manifest of an image: a root filesystem under a name. Written last, by an atomic rename; without it nothing counts. */
export interface ImageManifest {
  readonly name: string;
  readonly distro: string;
  readonly architecture: "amd64";
  /** sha256 of rootfs.ext4, hex. */
  readonly digest: string;
  /** Bytes of rootfs.ext4, holes included. */
  readonly sizeBytes: number;
  /** Name of the kernel that its VMs start with by default. */
  readonly kernel: string;
  /** What it was made from, for people. */
  readonly source: string;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
}

export interface Image extends ImageManifest {
  /** Absolute path of the read-only ext4 root file system. */
  readonly rootfs: string;
  /** Bytes that it really takes on disk. */
  readonly diskBytes: number;
}

/** The manifest of a kernel: an ELF vmlinux, its boot modules and its module tree. */
export interface KernelManifest {
  readonly name: string;
  /** As `uname -r` prints it. */
  readonly version: string;
  readonly architecture: "amd64";
  /** sha256 of vmlinux, hex. */
  readonly digest: string;
  readonly sizeBytes: number;
  /** Files in `boot/`, in the order in which the agent loads them. */
  readonly bootModules: readonly string[];
  readonly source: string;
  readonly createdAt: string;
}

export interface Kernel extends KernelManifest {
  readonly vmlinux: string;
  /** Directory of the boot modules. */
  readonly bootDir: string;
  /** Read-only ext4 file with the whole module tree, mounted at /lib/modules/VERSION. */
  readonly modules: string;
  readonly diskBytes: number;
}
