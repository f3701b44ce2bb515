import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { writeCpio, type CpioEntry } from "../../src/guest/cpio.ts";
import { loadOrder } from "../../src/images/kernel/modules.ts";
import { unpackModule } from "../../src/images/kernel/unpack.ts";
import type { Job } from "../../src/images/source.ts";

/** What the root's disk needs. */
export const bootModules = ["virtio_pci", "virtio_blk", "ext4"];

/** Loads modules, mounts the root and hands over. */
export const init = (names: readonly string[]): string => `#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t devtmpfs dev /dev
for m in ${names.join(" ")}; do $b insmod /modules/$m; done
until [ -b /dev/vda ]; do $b usleep 20000; done
$b mount -t ext4 -o noatime /dev/vda /root || exec $b sh
$b mount --move /dev /root/dev; $b umount /proc
exec $b switch_root /root /sbin/init
`;

/**
 * The initramfs of a Debian tree: static busybox and the few modules between the kernel and its disk.
 * @param version of the kernel whose modules the tree has
 */
export async function makeInitrd(job: Job, tree: string, version: string): Promise<Uint8Array> {
  const folder = join(tree, "usr/lib/modules", version);
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  const { files, missing } = loadOrder(read("modules.dep"), read("modules.builtin"), bootModules);
  if (missing.length > 0) throw new Error(`the kernel ${version} has no ${missing.join(", ")}`);
  const entries: CpioEntry[] = [];
  for (const file of files) {
    const content = (await unpackModule(job, join(folder, file))) ?? readFileSync(join(folder, file));
    entries.push({ kind: "file", path: `modules/${basename(file).replace(/\.ko.*$/, ".ko")}`, mode: 0o644, content });
  }
  const names = entries.map(({ path }) => basename(path));
  const folders = ["bin", "dev", "proc", "root", "modules"];
  return writeCpio([
    ...folders.map((path) => ({ kind: "directory", path, mode: 0o755 }) as const),
    { kind: "file", path: "bin/busybox", mode: 0o755, content: readFileSync(join(tree, "bin/busybox")) },
    { kind: "file", path: "init", mode: 0o755, content: new TextEncoder().encode(init(names)) },
    ...entries,
  ]);
}
