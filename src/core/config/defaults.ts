import type { Config } from "./config.ts";

/** A default size and where it comes from. */
export interface SizeDefault {
  readonly value: number;
  readonly origin: "config" | "auto" | "builtin";
}

/** What a VM gets that is made without saying more. */
export interface VmDefaults {
  readonly vcpu: SizeDefault;
  readonly memoryMiB: SizeDefault;
  readonly diskBytes: SizeDefault;
  readonly image: string;
}

/** What a size is measured against. */
export interface HostSize {
  readonly cpus: number;
  readonly memoryBytes: number;
}

const builtin = { vcpu: 1, memoryMiB: 512, diskBytes: 8 * 2 ** 30 } as const;
const most = { vcpu: 4, memoryMiB: 8192 } as const;

/** Pure: the configuration first, then a share of the host, then a floor. Memory is a multiple of 64 MiB unless configured. */
export function resolveVmDefaults(
  { vmDefaults, defaultImage }: Pick<Config, "vmDefaults" | "defaultImage">,
  host: HostSize,
): VmDefaults {
  return {
    vcpu: pick(vmDefaults.vcpu, Math.min(Math.floor(host.cpus / 4), most.vcpu), builtin.vcpu),
    memoryMiB: pick(
      vmDefaults.memoryMiB,
      Math.min(Math.floor(host.memoryBytes / 8 / 2 ** 26) * 64, most.memoryMiB),
      builtin.memoryMiB,
    ),
    diskBytes: pick(vmDefaults.diskBytes, null, builtin.diskBytes),
    image: defaultImage,
  };
}

function pick(configured: number | undefined, auto: number | null, floor: number): SizeDefault {
  if (configured !== undefined) return { value: configured, origin: "config" };
  return auto !== null && auto >= floor ? { value: auto, origin: "auto" } : { value: floor, origin: "builtin" };
}
