import type { ProcessIdentity } from "./host.ts";

/** A block device of the VM. `id` is unique in a VM, at most 20 characters of a-z 0-9 - (it is the virtio serial number too). */
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

/** Absolute and without `.`, `..` or a doubled slash; not below /proc or /sys, and none that banger writes itself. */
export interface GuestFile {
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
 * What a stage before `ready` gives back. The engine checks it (src/core/engine/contribution-schema.ts), merges all of them and refuses
 * clashes by naming both contributors. Secrets have their place in `files` with `secret` and in `commandEnv`, nowhere else.
 */
export interface Contributions {
  readonly drives?: readonly Drive[];
  readonly nics?: readonly Nic[];
  readonly kernelArgs?: readonly string[];
  readonly root?: Root;
  readonly mounts?: readonly Mount[];
  readonly files?: readonly GuestFile[];
  /** Of every command in the guest. */
  readonly env?: Readonly<Record<string, string>>;
  /** Run at each start, one after the other, when the agent answers and secret files are there; the first that fails fails the start. */
  readonly commands?: readonly GuestCommand[];
  /** Asks the VMM for the byte stream to the guest agent; the name is that of the guest's port. */
  readonly channel?: { readonly name: string };
}
