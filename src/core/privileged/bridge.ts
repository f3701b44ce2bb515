import { z } from "zod";
import { guestCount, isHostAddress, isPrivate, parseIpv4, parseNetwork } from "../model/ipv4.ts";
import { vmId } from "./shapes.ts";

/** Of a bridge of banger's. The prefix is part of the shape: no other interface of the host can be meant. */
export const bridgeName = z.string().regex(/^br-[a-z0-9][a-z0-9-]{0,11}$/, "must be br- and 1 to 12 of a-z, 0-9 and -");

/** The guests' network: private, and of a size that a host can have. */
export const guestNetwork = z.string().refine((text) => {
  const network = parseNetwork(text);
  return network !== null && network.prefix >= 16 && guestCount(network) > 0 && isPrivate(network);
}, "must be a private IPv4 network from /16 to /30, like 172.16.0.0/24");

export const ipv4 = z.string().refine((text) => parseIpv4(text) !== null, "must be an IPv4 address");

/** Octets of a frame's payload. */
export const mtu = z.int().min(1280).max(9000);

const tap = { vm: vmId, bridge: bridgeName, address: ipv4 };

/** Taps of VMs, the bridge that holds them together, and what keeps the guests apart. */
export const bridgeOperations = {
  "tap.create": {
    schema: z
      .strictObject({ ...tap, gateway: ipv4, network: guestNetwork, mtu, guestToGuest: z.boolean() })
      .refine(({ address, gateway, network }) => {
        const range = parseNetwork(network);
        const fits = (text: string): boolean => range !== null && isHostAddress(range, parseIpv4(text) ?? -1);
        return fits(address) && fits(gateway) && address !== gateway;
      }, "the address and the gateway must be two of the network's own"),
    touches:
      "makes the VM's tap, which the owner may open; with the first tap the bridge with its address; the guest's entries in the nftables tables `bridge banger` and `inet banger`",
    refuses:
      "an interface of such a name without banger's alias, a network that a route of the host overlaps, a bridge that has another address, networks that are not private",
  },
  "tap.remove": {
    schema: z.strictObject(tap),
    touches: "removes the VM's tap and its entries; with the last tap the bridge and both tables",
    refuses: "an interface without banger's alias; a bridge that has another port stays",
  },
} as const;
