import type { VmmDriver } from "../../../core/api/drivers.ts";
import { adoptVmm } from "../kill.ts";
import { bootFirecracker } from "./boot.ts";
import { firecrackerConfig, type FirecrackerConfig } from "./config.ts";
import { deviceName } from "./device-name.ts";
import { firecrackerFindings } from "./doctor.ts";
import { jailFindings } from "./jail-doctor.ts";
import { killFirecracker, unjail } from "./jail.ts";
import { FirecrackerProbe } from "./probe.ts";
import { agentPort } from "./requests.ts";
import { firecrackerStats } from "./stats.ts";

/** Firecracker on KVM. Each driver remembers what it has learned of the installed Firecracker. */
export function createFirecracker(): VmmDriver {
  const probe = new FirecrackerProbe();
  const driver: VmmDriver<FirecrackerConfig> = {
    name: "firecracker",
    config: firecrackerConfig,
    stages: {},
    undo: { kill: killFirecracker, unjail },
    probe: async (host, config) => probe.probe(host, config),
    // It gives drives no serial numbers of ours: the guest names them in the order in which they were attached.
    deviceName: (_drive, index) => deviceName(index),
    guestChannel: () => `vsock:${agentPort}`,
    boot: async (ctx, machine) => bootFirecracker(ctx, machine, probe),
    adopt: adoptVmm,
    stats: firecrackerStats,
    doctor: async (host, config) => {
      const found = await probe.probe(host, config);
      return found.binary === null ? [] : [...firecrackerFindings(found), ...(await jailFindings(host, config, probe))];
    },
  };
  return driver as VmmDriver;
}
