import { BangerError } from "../api/errors.ts";

const units: Readonly<Record<string, number>> = { "": 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/**
 * Bytes of a size as people write it: `512M`, `8G`, `8GiB`, `1.5g` (all binary units). A bare number is in `bareUnit`.
 * Throws BAD_SIZE naming `what`.
 */
export function parseSize(text: string, what: string, bareUnit: "m" | "g"): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?b)?$/i.exec(text.trim());
  const unit = match === null ? undefined : units[(match[2] || (match[3] ? "b" : bareUnit)).toLowerCase()];
  const bytes = match === null || unit === undefined ? Number.NaN : Math.round(Number(match[1]) * unit);
  if (!Number.isSafeInteger(bytes) || bytes <= 0) {
    throw new BangerError("BAD_SIZE", `${what} ${JSON.stringify(text)} is not a size`, {
      hint: `write it like 512M or 8G`,
    });
  }
  return bytes;
}

/** `512 MiB`, `1.5 GiB`: for people. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const names = ["KiB", "MiB", "GiB", "TiB"];
  let value = bytes / 1024;
  let index = 0;
  while (value >= 1024 && index < names.length - 1) {
    value /= 1024;
    index++;
  }
  return `${value >= 100 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} ${names[index]}`;
}

/** `8G`, `512M`: the short form of the spec line and of flags. */
export function formatSize(bytes: number): string {
  const gib = bytes / 2 ** 30;
  return Number.isInteger(gib) ? `${gib}G` : `${Math.round(bytes / 2 ** 20)}M`;
}

/** As many as the narrower of our VMMs can have; more than the host has is allowed, and slow. */
export const vcpuLimits = { min: 1, max: 32 } as const;

/** Less does not get the default image's init up; more than the host has is refused by checkSpec. */
export const memoryLimits = { minMiB: 128 } as const;

/** The upper one is the largest file of an ext4 file system. */
export const diskLimits = { minBytes: 2 ** 30, maxBytes: 2 ** 43, text: "from 1G to 8T" } as const;
