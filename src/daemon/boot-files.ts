import type { Drive, GuestFile, Mount, Root } from "../core/api/contributions.ts";
import type { VmmDriver } from "../core/api/drivers.ts";
import type { BootFiles } from "../core/engine/boot.ts";
import { contentOf } from "../core/engine/settle-guest.ts";
import type { BootConfig, BootFile, BootMount, BootRoot } from "../guest/boot-config.ts";

/** What the boot configuration says besides what is contributed. */
export interface BootSetting {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly entropy: Uint8Array;
  /** Paths in the initramfs, in load order. */
  readonly modules: readonly string[];
  /** `auto`, `none` or a path in the image. */
  readonly init: string;
}

/** The agent's boot configuration of a machine. Pure. */
export function bootConfigOf({ vm, merged, vmm, token }: BootFiles, setting: BootSetting): BootConfig {
  const device = deviceNames(merged.drives, vmm);
  return {
    token: Uint8Array.fromHex(token),
    hostname: vm.name,
    clockNs: BigInt(setting.now) * 1_000_000n,
    modules: setting.modules,
    root: rootOf(merged.root, device),
    mounts: merged.mounts.map((mount) => mountOf(mount, device)),
    files: merged.files.map(fileOf),
    interfaces: merged.nics.flatMap(({ mac, guest }) => (guest === undefined ? [] : [{ mac, ...guest }])),
    env: merged.env,
    init: setting.init,
    entropy: setting.entropy,
    channel: vmm.guestChannel(merged.channel),
  };
}

type DeviceNames = (id: string) => string;

function deviceNames(drives: readonly Drive[], vmm: VmmDriver): DeviceNames {
  const names = new Map(drives.map((drive, index) => [drive.id, vmm.deviceName(drive, index)]));
  return (id) => names.get(id) ?? "";
}

function rootOf(root: Root, device: DeviceNames): BootRoot {
  if (root.kind === "disk") return { kind: "disk", device: device(root.drive) };
  return { kind: "overlay", base: device(root.base), upper: device(root.upper), bound: root.bound };
}

function mountOf({ drive, ...mount }: Mount, device: DeviceNames): BootMount {
  return { ...mount, ...(drive !== undefined && { device: device(drive) }) };
}

function fileOf({ path, mode, uid, gid, ifMissing, ...content }: GuestFile): BootFile {
  return { path, mode, uid, gid, ifMissing, content: contentOf(content) };
}
