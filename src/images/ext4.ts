import type { Prefix } from "./namespace.ts";
import type { Job } from "./source.ts";
import { findTools } from "./tools.ts";

const block = 4096;

export interface TreeSize {
  /** Bytes that the files take at most, each in whole blocks. */
  readonly bytes: number;
  readonly inodes: number;
}

/**
 * What a directory tree needs, as root of the prefix sees it. Sizes as they are read, not as they are stored: the host's file
 * system may compress.
 */
export async function measureTree({ host, signal }: Job, prefix: Prefix, tree: string): Promise<TreeSize> {
  const { du } = await findTools(host, "to make a file system", ["du"]);
  const count = async (unit: readonly string[]): Promise<number> => {
    const { stdout } = await host.run(argv([...prefix, du, "-s", ...unit, "--", tree]), { signal });
    return Number.parseInt(stdout, 10);
  };
  const inodes = await count(["--inodes"]);
  return { bytes: (await count(["--apparent-size", "-B1"])) + inodes * block, inodes };
}

/**
 * The argv that makes an ext4 file from a directory tree, owners, setuid bits, capabilities and all. Everything that decides the
 * format is said here, so that the host's mke2fs.conf does not matter. The file has room for the tree and little more: who
 * writes to it grows it first. Pure.
 */
export function mke2fsArgv(
  mke2fs: string,
  tree: string,
  file: string,
  size: TreeSize,
  journal: boolean,
): readonly string[] {
  const inodes = Math.ceil(size.inodes * 1.1) + 64;
  const metadata = inodes * 256 + (journal ? 4 << 20 : 0) + (8 << 20);
  const blocks = Math.ceil((size.bytes * 1.03 + metadata) / block);
  const features = [
    "ext_attr",
    "dir_index",
    "filetype",
    "extent",
    "64bit",
    "flex_bg",
    "sparse_super",
    "large_file",
    "huge_file",
  ];
  const more = ["dir_nlink", "extra_isize", "resize_inode"];
  return [
    mke2fs,
    "-q",
    ...["-t", "ext4", "-b", String(block), "-I", "256", "-m", "0", "-N", String(inodes)],
    ...["-O", ["none", ...features, ...more, ...(journal ? ["has_journal"] : [])].join(",")],
    ...(journal ? ["-J", "size=4"] : []),
    ...["-E", "lazy_itable_init=1,lazy_journal_init=1,assume_storage_prezeroed=1,nodiscard"],
    ...["-d", tree, file, String(blocks)],
  ];
}

/** Makes the file, which must not exist, from the tree. Sparse. `label` tells people what is being made. */
export async function treeToExt4(
  job: Job,
  prefix: Prefix,
  what: { readonly tree: string; readonly file: string; readonly journal: boolean; readonly label: string },
): Promise<void> {
  const { mke2fs } = await findTools(job.host, "to make a file system", ["mke2fs"]);
  const size = await measureTree(job, prefix, what.tree);
  const tell = (done: number): void => job.progress({ label: what.label, done, total: size.inodes, unit: "files" });
  tell(0);
  await job.host.run(argv([...prefix, ...mke2fsArgv(mke2fs, what.tree, what.file, size, what.journal)]), {
    signal: job.signal,
  });
  tell(size.inodes);
}

/** An argv put together from parts: there is always a program in it. */
export function argv(parts: readonly string[]): readonly [string, ...string[]] {
  return parts as readonly [string, ...string[]];
}
