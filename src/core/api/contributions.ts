import type { ProcessIdentity } from "./host.ts";

/**
 * A block device of the VM. `id` is unique in a VM, at most 20 characters of a-z 0-9 - (it is the virtio serial number too); `path` is
 * absolute.
 */
export interface Drive {
  readonly id: string;
  readonly path: string;
  readonly readonly: boolean;
}

/** What the guest's agent sets up on a NIC. */
export interface GuestAddress {
  /** CIDR, IPv4. */
  readonly address: string;
  readonly gateway?: string;
  readonly nameservers?: readonly string[];
  readonly mtu?: number;
}

export type NicBackend =
  /** The VMM's own user-mode network (QEMU's slirp). */
  | { readonly kind: "user" }
  /**
   * A tap that exists already, on a bridge of the host or, with `namespace`, in the user and network namespace of that process: the
   * VMM is started in it.
   */
  | {
      readonly kind: "tap";
      readonly name: string;
      readonly bridge?: string;
      readonly namespace?: ProcessIdentity;
    };

export interface Nic {
  readonly id: string;
  readonly mac: string;
  readonly backend: NicBackend;
  readonly guest?: GuestAddress;
}

/** The root file system; exactly one participant, a storage driver, contributes it. Values are drive ids. */
export type Root =
  | { readonly kind: "overlay"; readonly base: string; readonly upper: string; readonly bound: readonly string[] }
  | { readonly kind: "disk"; readonly drive: string };

/** A mount the agent makes before the image's init starts. */
export interface Mount {
  /** Drive id; absent for file systems without a device. */
  readonly drive?: string;
  /** As a file's path; none of those that the agent mounts itself (/proc, /run and the like). Made where it is missing. */
  readonly target: string;
  readonly type: string;
  readonly options?: string;
  /** Fill an empty file system from the image's directory at the target. */
  readonly seed?: boolean;
  /** Grow the file system to its device's size. */
  readonly grow?: boolean;
  /** Failure is logged, not fatal. */
  readonly optional?: boolean;
}

/** Folders on the way to it are made, root's. */
export interface GuestFile {
  /**
   * Absolute and without `.`, `..`, a last or doubled slash; not below /dev, /proc, /sys or /lib/modules, and none that banger writes itself
   * (/etc/hosts, /etc/hostname, /etc/resolv.conf).
   */
  readonly path: string;
  /** 0 to 0o7777. */
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly content: string;
  readonly encoding?: "utf8" | "base64";
  /** Leave the image's own file alone unless it is missing or empty. */
  readonly ifMissing?: boolean;
  /**
   * Never on a disk of the host: it goes over the agent's channel as soon as the agent answers, before any command, and only to a path
   * below /run, which is in memory. What the image's init has started by then may look for it too early. Not with `ifMissing`.
   */
  readonly secret?: boolean;
}

/** A program in the guest, run as it is: no shell. When it fails, its arguments and last lines are shown and logged. */
export interface GuestCommand {
  /** Program and arguments. */
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Default root. */
  readonly user?: string;
  /** Milliseconds; default 60,000. It is ended when they are over, and counts as failed. */
  readonly timeoutMs?: number;
}

/**
 * What a stage before `ready` gives back, 16 Mi characters at most. The engine checks it, refuses what it does not know, merges what all
 * give and refuses clashes by naming both contributors. Secrets have their place in `files` with `secret` and in `commandEnv`, nowhere
 * else: all other things are written to disks.
 */
export interface Contributions {
  /** At most 16. */
  readonly drives?: readonly Drive[];
  /** At most 8. */
  readonly nics?: readonly Nic[];
  /** At most 32 of 256 characters, without spaces and quotes; none that the kernel's start or the VM's end stand on (`init`, `root`, `panic` and the like). */
  readonly kernelArgs?: readonly string[];
  readonly root?: Root;
  /** At most 32. */
  readonly mounts?: readonly Mount[];
  /** At most 256 of 4 Mi characters. */
  readonly files?: readonly GuestFile[];
  /** Of every command in the guest; at most 256. */
  readonly env?: Readonly<Record<string, string>>;
  /** At most 32. Run at each start, one after the other, when the agent answers and secret files are there; the first that fails fails the start. */
  readonly commands?: readonly GuestCommand[];
  /** Asks the VMM for the byte stream to the guest agent; the name is that of the guest's port. */
  readonly channel?: { readonly name: string };
}
