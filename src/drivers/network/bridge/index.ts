import type { NetworkDriver } from "../../../core/api/drivers.ts";
import { BangerError } from "../../../core/api/errors.ts";
import type { Host } from "../../../core/api/host.ts";
import type { JsonObject } from "../../../core/api/json.ts";
import { formatIpv4, guestAddress, guestCount, parseIpv4, parseNetwork } from "../../../core/model/ipv4.ts";
import { macOf } from "../../../core/model/mac.ts";
import type { OperationArgs } from "../../../core/privileged/index.ts";
import { tapName } from "../../../core/privileged/shapes.ts";
import { bridgeConfig, type BridgeConfig } from "./config.ts";
import { bridgeDoctor } from "./doctor.ts";

/** Asked where the host asks only itself: a guest cannot. */
const publicNameserver = "1.1.1.1";

/**
 * A tap for each VM on a bridge of the host, with an address that stays the VM's until it is deleted. The host reaches the VMs; they
 * reach nobody but what capabilities open, and each other only with `guest_to_guest`. The bridge comes with the first tap and goes
 * with the last.
 */
const driver: NetworkDriver<BridgeConfig> = {
  name: "bridge",
  config: bridgeConfig,
  vmms: ["firecracker", "qemu"],
  stages: {
    async preflight({ privileged }) {
      if (privileged.available) return;
      throw new BangerError("PRIVILEGE_NEEDED", "the network bridge needs root", {
        hint: "sudo banger system install, or --network user",
      });
    },
    async prepareHost({ vm, host, config, privileged, reserve, effect }) {
      const { name: bridge, cidr, address: gateway, mtu } = config;
      const address = await addressOf(config, reserve);
      const tap = { vm: vm.id, bridge, address };
      const guestToGuest = config.guest_to_guest ?? false;
      await effect("removeTap", tap, () =>
        privileged("tap.create", { ...tap, gateway, network: cidr, mtu, guestToGuest }),
      );
      const nameservers = await nameserversOf(config, host);
      return {
        nics: [
          {
            id: "bridge",
            mac: macOf(vm.id),
            backend: { kind: "tap", name: tapName(vm.id), bridge },
            guest: { address: `${address}/${cidr.split("/")[1]}`, gateway, nameservers, mtu },
          },
        ],
      };
    },
  },
  undo: {
    async removeTap({ privileged }, args: JsonObject) {
      await privileged("tap.remove", args as OperationArgs<"tap.remove">);
    },
  },
  doctor: bridgeDoctor,
};

export const bridge = driver as NetworkDriver;

/** Throws POOL_EXHAUSTED, also for a VM whose number is from a larger network of before. */
async function addressOf(
  { cidr, address: gateway }: BridgeConfig,
  reserve: (pool: string, size: number) => Promise<number>,
): Promise<string> {
  const network = parseNetwork(cidr)!;
  const size = guestCount(network);
  const index = await reserve("bridge", size);
  if (index < size) return formatIpv4(guestAddress(network, parseIpv4(gateway)!, index));
  throw new BangerError("POOL_EXHAUSTED", `${cidr} is smaller than the network that this VM's address is from`, {
    hint: "give [network.bridge] cidr back its size, or make the VM anew",
  });
}

async function nameserversOf({ nameservers }: BridgeConfig, host: Host): Promise<readonly string[]> {
  if (nameservers !== undefined) return nameservers;
  const found = await host.nameservers();
  return found.length > 0 ? found.slice(0, 3) : [publicNameserver];
}
