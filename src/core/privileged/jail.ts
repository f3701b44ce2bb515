import { z } from "zod";
import { vmId } from "./shapes.ts";
import { servicePlaces } from "../model/service-places.ts";

/** Where jails are: root's alone, with every folder above it. */
export const jailBase = `${servicePlaces.rootDir}/jail`;

/** In the jail: the folder of the sockets, which the owner has as `jail` in the VM's runtime directory. */
export const jailSockets = "/sockets";
export const jailSocketFolder = "jail";

/** Name of a file in the jail. */
const slot = z
  .string()
  .regex(/^(?!firecracker)[a-z][a-z0-9.-]{0,40}$/)
  .refine((name) => !["dev", "run", "sockets", "old-root"].includes(name), "is a name that the jailer needs");

/**
 * What a file in the jail is: a path below the owner's state directory, `run/NAME` in the VM's runtime directory, or `disk`, the VM's
 * device-mapper device.
 */
const source = z
  .string()
  .regex(
    /^(disk|run\/[a-z][a-z0-9.-]*|vms\/[0-9a-f]{16}\/[a-z][a-z0-9.-]*|images\/blobs\/[0-9a-f]{64}\/rootfs\.ext4|kernels\/blobs\/[0-9a-f]{64}\/(vmlinux|modules\.ext4))$/,
    "must be a file of the VM's, of an image or of a kernel",
  );

const file = z.strictObject({ name: slot, from: source, write: z.boolean() });
export type JailFile = z.output<typeof file>;

/** An absolute path without `.`, `..` and empty parts. */
const program = z
  .string()
  .max(4096)
  .regex(/^(?!.*\/\.{1,2}(?:\/|$))(?:\/[\w.+@-]+)+$/, "must be a program's absolute path");

/** The programs that root runs for a jail. */
export type JailProgram = "jailer" | "firecracker";

/** Whether a path's last part is what that program is called: releases put a version behind the name. Pure. */
export function isCalled(name: JailProgram, path: string): boolean {
  return path.slice(path.lastIndexOf("/") + 1).startsWith(name);
}

const called = (name: JailProgram) =>
  program.refine((path) => isCalled(name, path), `must be a program whose name begins with ${name}`);

/** A user id for a jail: none of the system's own. */
const jailUid = z.int().min(1000).max(2_147_483_647);

const own = (vm: string, files: readonly JailFile[]): boolean =>
  files.every(({ from, write }) =>
    from.startsWith("vms/") ? from.startsWith(`vms/${vm}/`) : !write || from === "disk" || from.startsWith("run/"),
  );

/** The owner's files of a VM, for a user id of its own. */
const grant = { vm: vmId, uid: jailUid, files: z.array(file).max(64) };
const fits = ({ vm, files }: { readonly vm: string; readonly files: readonly JailFile[] }): boolean =>
  own(vm, files) && new Set(files.map(({ name }) => name)).size === files.length;
const misfit = "must be files of this VM, each under a name of its own, and shared ones only to be read";

/** What a VM's cgroup allows it. */
const limits = {
  vcpu: z.int().min(1).max(1024),
  memoryMiB: z
    .int()
    .min(1)
    .max(2 ** 24),
};

/** Signals that a jailed VMM may be sent. */
export const jailSignals = ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2", "STOP", "CONT", "KILL"] as const;

/** Jails for Firecracker: a user id, a root directory and a cgroup for each VM. */
export const jailOperations = {
  "jail.check": {
    schema: z.strictObject({ jailer: program, firecracker: program }),
    touches: "looks whether a VMM can be jailed here; changes nothing",
    refuses: "nothing; the answer is why not, or null",
  },
  "jail.create": {
    schema: z
      .strictObject({
        ...grant,
        jailer: called("jailer"),
        firecracker: called("firecracker"),
        ...limits,
        tap: z.boolean(),
      })
      .refine(fits, misfit),
    touches:
      "makes the VM's jail below /var/lib/banger-root/jail and its cgroup below /sys/fs/cgroup/banger; shows the named files in it and lets the jail's user id, and nobody else, open them; hands it the VM's tap",
    refuses:
      "programs that are not called jailer and firecracker, by their path or at the end of its links; programs and folders that others than root can write to, a user id that the host, a range of subordinate ids, a process or another jail has, files that are not the owner's, symbolic links, second names of files to be written",
  },
  "jail.start": {
    schema: z.strictObject({ vm: vmId }),
    touches: "starts the jailer that the jail was made for, its output in the VM's console.log",
    refuses: "a VM without a jail, a jail in which something runs",
  },
  "jail.signal": {
    schema: z.strictObject({ vm: vmId, signal: z.enum(jailSignals) }),
    touches: "signals the processes in the VM's cgroup; KILL is waited for",
    refuses: "processes outside of it, other signals",
  },
  "jail.remove": {
    schema: z.strictObject(grant).refine(fits, misfit),
    touches:
      "ends what runs in the jail, takes back its rights on the files, removes its mounts, its files and its cgroup",
    refuses:
      "a mount in the jail that it did not make; nothing is removed through a symbolic link or on another file system",
  },
} as const;
