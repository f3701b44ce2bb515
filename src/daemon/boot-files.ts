import type { Mount, Root } from "../core/api/contributions.ts";
import type { VmmDriver } from "../core/api/drivers.ts";
import type { GuestFile } from "../core/api/contributions.ts";
import type { BootFiles } from "../core/engine/boot.ts";
import type { BootConfig } from "../guest/boot-config.ts";

/** What else the boot configuration says that is not contributed. */
export interface BootSecrets {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly entropy: Uint8Array;
  /** Files in the initramfs, in load order. */
  readonly modules: readonly string[];
  readonly init: string;
}

/** The agent's boot configuration of a machine. Pure. */
export function bootConfigOf({ vm, merged, vmm, token }: BootFiles, secrets: BootSecrets): BootConfig {
  const device = deviceNamer(merged.drives, vmm);
  return {
    token: Uint8Array.fromHex(token),
    hostname: vm.name,
    clockNs: BigInt(secrets.now) * 1_000_000n,
    modules: secrets.modules,
    root: rootOf(merged.root, device),
    mounts: merged.mounts.map((mount) => mountOf(mount, device)),
    files: merged.files.map(fileOf),
    interfaces: merged.nics.flatMap(({ mac, guest }) =>
      guest === undefined ? [] : [{ mac, address: guest.address, ...pickDefined(guest) }],
    ),
    env: merged.env,
    init: secrets.init,
    entropy: secrets.entropy,
    channel: vmm.guestChannel(merged.channel),
  };
}
