import { z } from "zod";
import type { Finding } from "../../../core/api/capability.ts";
import type { NetworkDriver } from "../../../core/api/drivers.ts";
import { macOf } from "../../../core/model/mac.ts";
import { closeNamespace, openNamespace } from "./namespace.ts";
import { NamespaceObstacle } from "./obstacle.ts";
import { addresses, tap } from "./plan.ts";

/** `[network.user]` */
const config = z.strictObject({});

/**
 * Connections leave as the user's own, no privileges, nothing on the host changes. Every guest has the same address, since none can see
 * another. QEMU has a network stack of its own for it, where 10.0.2.2 is the host, its loopback services included. Firecracker gets a tap
 * in a user and network namespace behind pasta, where nothing is the host's loopback.
 */
export function createUser(): NetworkDriver {
  const namespaces = new NamespaceObstacle();
  return {
    name: "user",
    config,
    vmms: ["firecracker", "qemu"],
    obstacle: async (host, vmm) => (vmm === "firecracker" ? namespaces.of(host) : null),
    stages: {
      async prepareHost(ctx) {
        const mac = macOf(ctx.vm.id);
        if (ctx.vmm !== "firecracker") {
          const guest = { address: "10.0.2.15/24", gateway: "10.0.2.2", nameservers: ["10.0.2.3"] };
          return { nics: [{ id: "user", mac, backend: { kind: "user" }, guest }] };
        }
        const { guest: address, gateway, outside, prefix } = addresses;
        const [namespace, found] = await Promise.all([openNamespace(ctx), ctx.host.nameservers()]);
        const nameservers = found.length > 0 ? found.slice(0, 3) : [outside];
        const guest = { address: `${address}/${prefix}`, gateway, nameservers };
        return { nics: [{ id: "user", mac, backend: { kind: "tap", name: tap, namespace }, guest }] };
      },
    },
    undo: { close: closeNamespace },
    async doctor(host): Promise<readonly Finding[]> {
      const obstacle = await namespaces.of(host);
      if (obstacle === null) return [{ row: "network", status: "pass", message: "user" }];
      return [
        { row: "network", status: "warn", message: "user, for QEMU only", detail: [`for Firecracker: ${obstacle}`] },
      ];
    },
  };
}
