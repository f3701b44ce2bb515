import { z } from "zod";
import { formatIpv4, isHostAddress, parseIpv4, parseNetwork } from "../../../core/model/ipv4.ts";
import { bridgeName, guestNetwork, ipv4, mtu } from "../../../core/privileged/bridge.ts";

/** `[network.bridge]` */
export const bridgeConfig = z
  .strictObject({
    name: bridgeName.default("br-fc").describe("the bridge that VMs' taps are ports of"),
    cidr: guestNetwork.default("172.16.0.0/24").describe("the network of the VMs, a private one from /16 to /30"),
    address: ipv4
      .optional()
      .meta({ description: "the host's own address in it, the VMs' gateway", preset: "the network's first" }),
    nameservers: z
      .array(ipv4)
      .min(1)
      .optional()
      .meta({ description: "whom VMs ask for names", preset: "the host's own, or 1.1.1.1 where it asks only itself" }),
    mtu: mtu.default(1500).meta({ description: "largest packet of the VMs' network", unit: "bytes" }),
  })
  .refine(({ cidr, address }) => address === undefined || isIn(cidr, address), {
    path: ["address"],
    message: "must be an address of cidr, and neither its first nor its last",
  })
  .transform((settings) => ({ ...settings, address: settings.address ?? firstOf(settings.cidr) }));

/** With the key of `[network]` that every network driver is handed. */
export type BridgeConfig = z.output<typeof bridgeConfig> & { readonly guest_to_guest?: boolean };

function isIn(cidr: string, address: string): boolean {
  const network = parseNetwork(cidr);
  return network !== null && isHostAddress(network, parseIpv4(address) ?? -1);
}

function firstOf(cidr: string): string {
  return formatIpv4((parseNetwork(cidr)?.base ?? 0) + 1);
}
