import { checkSpec } from "../../../core/model/size-check.ts";
import type { Args } from "../../command.ts";
import { parseDisk, parseMemory, parseVcpu } from "../../parse/values.ts";

export const sizeFlags = {
  vcpu: { type: "string", valueHint: "N", description: "Virtual CPUs", resolved: "vcpu", group: "Size" },
  memory: {
    type: "string",
    valueHint: "SIZE",
    description: "Memory, like 512M or 2G",
    resolved: "memory",
    group: "Size",
  },
  "disk-size": {
    type: "string",
    valueHint: "SIZE",
    description: "Room on its disks, like 8G",
    resolved: "disk",
    group: "Size",
  },
} as const satisfies Args;

export interface SizeRequest {
  readonly vcpu?: number;
  readonly memoryMiB?: number;
  readonly diskBytes?: number;
}

/** The sizes that were given; throws BAD_SIZE for what no VM on this host can have. */
export async function readSizes(args: {
  readonly [K in keyof typeof sizeFlags]: string | undefined;
}): Promise<SizeRequest> {
  const { vcpu, memory, "disk-size": disk } = args;
  const sizes = {
    ...(vcpu !== undefined && { vcpu: parseVcpu(vcpu) }),
    ...(memory !== undefined && { memoryMiB: parseMemory(memory) }),
    ...(disk !== undefined && { diskBytes: parseDisk(disk) }),
  };
  if (Object.keys(sizes).length === 0) return sizes;
  const { totalmem } = await import("node:os");
  checkSpec(sizes, { memoryBytes: totalmem() });
  return sizes;
}
