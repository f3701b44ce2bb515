import { BangerError } from "../api/errors.ts";
import { diskLimits, formatSize, memoryLimits, vcpuLimits } from "./size.ts";

/** The sizes of a VM; those that are absent are not checked. */
export interface Sizes {
  readonly vcpu?: number | undefined;
  readonly memoryMiB?: number | undefined;
  readonly diskBytes?: number | undefined;
}

/**
 * Refuses a VM that could not run on this host. Pure; called by the CLI before it asks and by the daemon before anything exists.
 * @throws BangerError BAD_SIZE naming the flag and the value
 */
export function checkSpec({ vcpu, memoryMiB, diskBytes }: Sizes, host: { readonly memoryBytes: number }): void {
  if (vcpu !== undefined && !within(vcpu, vcpuLimits.min, vcpuLimits.max)) {
    throw bad("--vcpu", `${vcpu}`, `a whole number from ${vcpuLimits.min} to ${vcpuLimits.max}`);
  }
  const hostMiB = Math.floor(host.memoryBytes / 2 ** 20);
  if (memoryMiB !== undefined && !within(memoryMiB, memoryLimits.minMiB, hostMiB)) {
    throw bad("--memory", `${memoryMiB} MiB`, `from ${memoryLimits.minMiB} MiB to this host's ${hostMiB} MiB`);
  }
  if (diskBytes !== undefined && !within(diskBytes, diskLimits.minBytes, diskLimits.maxBytes)) {
    throw bad(
      "--disk-size",
      within(diskBytes, 2 ** 20, Number.MAX_SAFE_INTEGER) ? formatSize(diskBytes) : `${diskBytes} bytes`,
      diskLimits.text,
    );
  }
}

function within(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max;
}

function bad(flag: string, value: string, allowed: string): BangerError {
  return new BangerError("BAD_SIZE", `${flag} must be ${allowed}, not ${value}`, {
    hint: "without the flag the size is that of [vm_defaults] in config.toml, or what suits the host",
  });
}
