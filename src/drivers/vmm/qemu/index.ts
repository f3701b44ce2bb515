import type { VmmDriver } from "../../../core/api/drivers.ts";
import { adoptVmm, killVmm } from "../kill.ts";
import { bootQemu } from "./boot.ts";
import { qemuConfig, type QemuConfig } from "./config.ts";
import { QemuProbe } from "./probe.ts";
import { qemuStats } from "./stats.ts";

/** QEMU's microvm: on KVM where a vcpu really runs, else emulated. Each driver remembers what it has learned of the installed QEMU. */
export function createQemu(): VmmDriver {
  const probe = new QemuProbe();
  const driver: VmmDriver<QemuConfig> = {
    name: "qemu",
    config: qemuConfig,
    stages: {},
    undo: { kill: killVmm },
    probe: async (host, config) => probe.probe(host, config),
    deviceName: ({ id }) => `serial:${id}`,
    guestChannel: ({ name }) => `virtio-serial:${name}`,
    boot: async (ctx, machine) => bootQemu(ctx, machine, probe),
    adopt: adoptVmm,
    stats: qemuStats,
  };
  return driver as VmmDriver;
}
