import { constants } from "node:fs";
import { appendFile, chmod, copyFile, rm } from "node:fs/promises";
import { type CpioEntry, writeCpio } from "./cpio.ts";

/** Where a module of the base initramfs lies: the form that BootConfig.modules wants. */
export function modulePath(name: string): string {
  return `/modules/${name}`;
}

/** The initramfs that all VMs of a kernel share: the agent as /init, the boot modules, places to mount on. Pure. */
export function baseInitramfs(parts: {
  readonly agent: Uint8Array;
  readonly modules: readonly { readonly name: string; readonly content: Uint8Array }[];
}): Uint8Array {
  const directories = ["dev", "modules", "proc", "sys"];
  return writeCpio([
    ...directories.map((path): CpioEntry => ({ kind: "directory", path, mode: 0o755 })),
    { kind: "file", path: "init", mode: 0o755, content: parts.agent },
    ...parts.modules.map(({ name, content }): CpioEntry => ({
      kind: "file",
      path: modulePath(name).slice(1),
      mode: 0o644,
      content,
    })),
  ]);
}

/** The archive that follows the base one and carries a VM's boot configuration. Pure. */
export function configArchive(config: Uint8Array): Uint8Array {
  return writeCpio([
    { kind: "directory", path: "banger", mode: 0o700 },
    { kind: "file", path: "banger/config", mode: 0o600, content: config },
  ]);
}

/** Writes a VM's initramfs, mode 0600, in place of what is there: the base (shared blocks where the file system can), then the config. */
export async function bootInitramfs(basePath: string, config: Uint8Array, target: string): Promise<void> {
  await rm(target, { force: true });
  await copyFile(basePath, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  await chmod(target, 0o600);
  await appendFile(target, configArchive(config));
}
