import { chunkBytes } from "../../core/privileged/storage.ts";

const sectorBytes = 512;

export interface SnapshotPlan {
  /** `MAJOR:MINOR` of the loop devices. */
  readonly base: string;
  readonly cow: string;
  /** Octets of the image's root file system, and of the VM's disk. */
  readonly baseBytes: number;
  readonly sizeBytes: number;
}

/** Sectors of the VM's disk: it is never smaller than its image. */
function sectors({ baseBytes, sizeBytes }: Pick<SnapshotPlan, "baseBytes" | "sizeBytes">): number {
  return Math.max(Math.floor(baseBytes / sectorBytes), sizeBytes / sectorBytes);
}

/** The image, and zeros from its end to the disk's: what the guest's file system grows into. Pure. */
export function baseTable(plan: Omit<SnapshotPlan, "cow">): string {
  const image = Math.floor(plan.baseBytes / sectorBytes);
  const rest = sectors(plan) - image;
  return `0 ${image} linear ${plan.base} 0\n${rest > 0 ? `${image} ${rest} zero\n` : ""}`;
}

/** The VM's disk: what it has written, over that. Persistent: the changes outlive the device. Pure. */
export function snapshotTable(plan: Omit<SnapshotPlan, "base"> & { readonly origin: string }): string {
  return `0 ${sectors(plan)} snapshot ${plan.origin} ${plan.cow} P ${chunkBytes / sectorBytes}\n`;
}
