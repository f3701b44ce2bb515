import { expect, test } from "bun:test";
import { mke2fsArgv } from "./ext4.ts";

const features =
  "none,ext_attr,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,resize_inode";

test("a root file system: journal, room for the tree and a little more", () => {
  expect(mke2fsArgv("/sbin/mke2fs", "/w/root", "/w/rootfs.ext4", { bytes: 200 << 20, inodes: 8000 }, true)).toEqual([
    "/sbin/mke2fs",
    "-q",
    ...["-t", "ext4", "-b", "4096", "-I", "256", "-m", "0", "-N", "8864"],
    ...["-O", `${features},has_journal`, "-J", "size=4"],
    ...["-E", "lazy_itable_init=1,lazy_journal_init=1,assume_storage_prezeroed=1,nodiscard"],
    ...["-d", "/w/root", "/w/rootfs.ext4", "56362"],
  ]);
});

test("a file system that nobody ever writes to has no journal", () => {
  const argv = mke2fsArgv("mke2fs", "/t", "/f", { bytes: 0, inodes: 1 }, false);
  expect(argv).not.toContain("-J");
  expect(argv[argv.indexOf("-O") + 1]).toBe(features);
});
