import { BangerError } from "../core/api/errors.ts";
import { bytesOf, concat, record } from "./record.ts";

/** A device is `/dev/NAME` or `serial:ID`. */
export type BootRoot =
  | { readonly kind: "overlay"; readonly base: string; readonly upper: string; readonly bound: readonly string[] }
  | { readonly kind: "disk"; readonly device: string };

export interface BootMount {
  /** Absent for file systems without a device. */
  readonly device?: string | undefined;
  readonly target: string;
  readonly type: string;
  readonly options?: string | undefined;
  readonly seed?: boolean | undefined;
  readonly grow?: boolean | undefined;
  readonly optional?: boolean | undefined;
}

export interface BootFile {
  readonly path: string;
  readonly mode: number;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly content: Uint8Array;
  readonly ifMissing?: boolean | undefined;
}

export interface BootInterface {
  /** `52:54:00:12:34:56` */
  readonly mac: string;
  /** CIDR */
  readonly address: string;
  readonly gateway?: string | undefined;
  readonly nameservers?: readonly string[] | undefined;
  readonly mtu?: number | undefined;
}

/** What the agent finds at /banger/config: docs/guest-protocol.md §5. */
export interface BootConfig {
  /** 16 random bytes, new at every boot. */
  readonly token: Uint8Array;
  readonly hostname: string;
  /** Nanoseconds since 1970. */
  readonly clockNs: bigint;
  /** Paths in the initramfs, in load order. */
  readonly modules: readonly string[];
  readonly root: BootRoot;
  readonly mounts: readonly BootMount[];
  readonly files: readonly BootFile[];
  readonly interfaces: readonly BootInterface[];
  readonly env: Readonly<Record<string, string>>;
  /** `auto`, `none` or a path. */
  readonly init: string;
  /** At least 32 random bytes. */
  readonly entropy: Uint8Array;
  /** `virtio-serial:NAME` or `vsock:PORT`. */
  readonly channel: string;
}

/** The wire form. Pure; throws INTERNAL for what the agent would refuse. */
export function encodeBootConfig(config: BootConfig): Uint8Array {
  if (config.token.length !== 16) throw defect("the token is not 16 bytes");
  if (config.entropy.length < 32) throw defect("less than 32 bytes of entropy");
  return concat(
    record(1, config.token),
    text(2, config.hostname),
    record(3, bytesOf.u64(config.clockNs)),
    ...config.modules.map((path) => text(4, path)),
    record(5, ...encodeRoot(config.root)),
    ...config.mounts.map((mount) => record(6, ...encodeMount(mount))),
    ...config.files.map((file) => record(7, ...encodeFile(file))),
    ...config.interfaces.map((nic) => record(8, ...encodeInterface(nic))),
    ...Object.entries(config.env).map(([key, value]) => text(9, `${key}=${value}`)),
    text(10, config.init),
    record(11, config.entropy),
    text(12, config.channel),
  );
}

function encodeRoot(root: BootRoot): readonly Uint8Array[] {
  if (root.kind === "disk") return [record(1, bytesOf.u8(1)), text(2, root.device)];
  return [
    record(1, bytesOf.u8(0)),
    text(2, root.base),
    text(3, root.upper),
    ...root.bound.map((path) => text(4, path)),
  ];
}

function encodeMount(mount: BootMount): readonly Uint8Array[] {
  const flags = (mount.seed === true ? 1 : 0) | (mount.grow === true ? 2 : 0) | (mount.optional === true ? 4 : 0);
  return [
    text(1, mount.device ?? ""),
    text(2, mount.target),
    text(3, mount.type),
    text(4, mount.options ?? ""),
    record(5, bytesOf.u8(flags)),
  ];
}

function encodeFile(file: BootFile): readonly Uint8Array[] {
  return [
    text(1, file.path),
    record(2, bytesOf.u32(file.mode)),
    record(3, bytesOf.u32(file.uid ?? 0)),
    record(4, bytesOf.u32(file.gid ?? 0)),
    record(5, file.content),
    record(6, bytesOf.u8(file.ifMissing === true ? 1 : 0)),
  ];
}

function encodeInterface(nic: BootInterface): readonly Uint8Array[] {
  const { mac, address, gateway, nameservers, mtu } = nic;
  if (!/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i.test(mac)) throw defect(`${JSON.stringify(mac)} is no MAC address`);
  return [
    record(
      1,
      Uint8Array.from(mac.split(":"), (part) => Number.parseInt(part, 16)),
    ),
    text(2, address),
    ...(gateway === undefined ? [] : [text(3, gateway)]),
    ...(nameservers ?? []).map((server) => text(4, server)),
    ...(mtu === undefined ? [] : [record(5, bytesOf.u16(mtu))]),
  ];
}

function text(tag: number, value: string): Uint8Array {
  if (value.includes("\0")) throw defect(`a NUL in ${JSON.stringify(value)}`);
  return record(tag, bytesOf.text(value));
}

function defect(what: string): BangerError {
  return new BangerError("INTERNAL", `the boot configuration cannot be written: ${what}`);
}
