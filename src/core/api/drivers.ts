import type { Drive, Nic } from "./contributions.ts";
import type { Finding } from "./capability.ts";
import type { Host, ProcessIdentity } from "./host.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Ctx, Participant } from "./participant.ts";
import type { StandardSchema } from "./schema.ts";

/** What all drivers share: a participant with a configuration section and doctor rows. */
export interface Driver<C = unknown> extends Participant<C> {
  readonly config: StandardSchema<C>;
  doctor?(host: Host, config: C): Promise<readonly Finding[]>;
}

/** The merged contributions: what a VMM has to start. */
export interface Machine {
  readonly vcpu: number;
  readonly memoryMiB: number;
  /** ELF with a PVH note. */
  readonly vmlinux: string;
  readonly initrd: string;
  /** Arguments of the contributors; the driver adds its own in front. */
  readonly kernelArgs: readonly string[];
  readonly drives: readonly Drive[];
  readonly nics: readonly Nic[];
  readonly channel: { readonly name: string };
  /** Why the VMMs before this one were not taken, for RunningVmm.why; absent when it is the first choice. */
  readonly why?: string;
}

/** Where the host reaches the guest agent's byte stream. */
export type ChannelAddress =
  /** A unix socket that is the stream itself (QEMU's virtio-serial). */
  | { readonly kind: "unix"; readonly path: string }
  /** Firecracker's vsock socket: `CONNECT port` first. */
  | { readonly kind: "vsock"; readonly path: string; readonly port: number };

/** A VMM that runs. JSON: it is the result of the driver's process effect and lives in the journal. */
export interface RunningVmm {
  readonly process: ProcessIdentity;
  readonly channel: ChannelAddress;
  readonly accel: "kvm" | "tcg";
  /** Why this VMM and accelerator were taken, for people ("no usable KVM here"); empty when it is the first choice. */
  readonly why: string;
  readonly logPath: string;
  readonly consolePath: string;
  /** The user id that it has for itself in a jail, or why it has none where one would be expected; absent where nobody would. */
  readonly jail?: { readonly uid: number } | { readonly why: string };
}

export interface VmmProbe {
  readonly usable: boolean;
  readonly accel: "kvm" | "tcg";
  readonly binary: string | null;
  readonly version: string | null;
  readonly reason: string;
}

/** An effect of the VM's that the journal holds. */
export interface RecordedEffect {
  readonly undo: string;
  readonly args: JsonObject;
  /** null while `done` is false. */
  readonly result: Json;
  readonly done: boolean;
}

export interface VmmDriver<C = unknown> extends Driver<C> {
  /** Whether it can boot a guest here and how. Changes nothing. */
  probe(host: Host, config: C): Promise<VmmProbe>;
  /** The guest's name for a drive of the machine: `serial:ID` or `/dev/vdX`. Pure. */
  deviceName(drive: Drive, index: number): string;
  /** The agent's channel setting for docs/guest-protocol.md's boot configuration. Pure. */
  guestChannel(channel: { readonly name: string }): string;
  /** Starts the machine with one effect whose result is the RunningVmm; throws VMM_FAILED when it does not stay up. */
  boot(ctx: Ctx<C>, machine: Machine): Promise<RunningVmm>;
  /** The VMM of an earlier daemon, from this driver's effects; null when it is not really alive. */
  adopt(host: Host, effects: readonly RecordedEffect[]): Promise<RunningVmm | null>;
  /** Memory, cpu time and the like of the process; for `vm stats`. */
  stats?(host: Host, running: RunningVmm): Promise<JsonObject>;
}

/** Contributes the root file system at stage `prepareHost`. */
export type StorageDriver<C = unknown> = Driver<C>;

/** Contributes NICs at stage `prepareHost`. */
export interface NetworkDriver<C = unknown> extends Driver<C> {
  /** Which VMM drivers can attach what it contributes. */
  readonly vmms: readonly string[];
  /** Why it cannot serve that VMM on this host, for people; null when it can. Changes nothing. */
  obstacle?(host: Host, vmm: string): Promise<string | null>;
}
