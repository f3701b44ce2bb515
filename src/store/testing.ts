import type { VmRecord } from "../core/model/vm.ts";

/** The record of a VM, for tests. */
export function vmRecord(id: string, name = `vm-${id}`, more: Partial<VmRecord> = {}): VmRecord {
  return {
    id,
    name,
    state: "created",
    stateReason: "",
    spec: {
      image: "debian-bookworm",
      kernel: "debian-6.1",
      vcpu: 2,
      memoryMiB: 512,
      diskBytes: 8 * 2 ** 30,
      vmm: "auto",
      storage: "overlay",
      network: "user",
      env: { EDITOR: "ed" },
      capabilities: { workdisk: { enabled: true } },
      ephemeral: false,
    },
    imageDigest: "d".repeat(64),
    createdAt: 1_700_000_000_000,
    startedAt: null,
    stoppedAt: null,
    ...more,
  };
}
