import { BangerError } from "../api/errors.ts";
import { formatIpv4, parseIpv4, parseNetwork, overlaps } from "../model/ipv4.ts";
import { tapName } from "../privileged/shapes.ts";
import { bridgeMark, isOurBridge, isOurTap, markOf } from "./marks.ts";
import type { Link, NetworkState, Route } from "./state.ts";

export interface BridgeRequest {
  readonly bridge: string;
  readonly gateway: string;
  readonly network: string;
}

export interface TapRequest extends BridgeRequest {
  readonly vm: string;
  /** Octets. */
  readonly mtu: number;
  readonly guestToGuest: boolean;
}

/**
 * A guest must not get what is for another one. Frames for bridges themselves (LLDP) pass none of the rules that look at a guest's MAC, so
 * they teach the bridge none. What it has forgotten it would send to all guests: it remembers for a year, in hundredths of a second, and
 * forgets a port's MAC when the port goes.
 */
const learning = `no_linklocal_learn 1 ageing_time ${365 * 24 * 3600 * 100}`;

/** Routes to less than this are ways to the outside (`0.0.0.0/1`), which any network is a part of. */
const widestPrefix = 8;

/**
 * What `ip -batch` has to do for a tap on its bridge, whatever of it is there already. Pure.
 * Throws PRIVILEGE_REFUSED for what is not ours, NETWORK_CLASH for a network that is taken.
 */
export function tapLines(state: NetworkState, request: TapRequest, owner: number): readonly string[] {
  const tap = tapName(request.vm);
  const there = state.links.find(({ name }) => name === tap);
  if (there !== undefined && there.alias !== markOf(request.vm)) throw foreign(there);
  const isolated = request.guestToGuest ? "off" : "on";
  return [
    ...bridgeLines(state, request),
    ...(there === undefined ? [`tuntap add dev ${tap} mode tap user ${owner}`] : []),
    `link set dev ${tap} alias "${markOf(request.vm)}" addrgenmode none mtu ${request.mtu} master ${request.bridge}`,
    `link set dev ${tap} type bridge_slave isolated ${isolated}`,
    `link set dev ${tap} up`,
  ];
}

/** Of tapLines, those for the bridge: one line where it is there. Pure. Throws as tapLines does. */
export function bridgeLines(state: NetworkState, { bridge, gateway, network }: BridgeRequest): readonly string[] {
  const address = `${gateway}/${network.split("/")[1]}`;
  const there = state.links.find(({ name }) => name === bridge);
  if (there !== undefined && !isOurBridge(there)) throw foreign(there);
  if (there?.addresses.includes(address) === true) return [`link set dev ${bridge} up`];
  const ports = state.links.filter(({ master }) => master === bridge);
  if (ports.length > 0)
    throw clash(`the bridge ${bridge} has the address ${there!.addresses.join(", ")} and VMs on it, not ${address}`);
  const route = state.routes.find((candidate) => takes(candidate, network, bridge));
  if (route !== undefined)
    throw clash(
      `${network} of the bridge ${bridge} clashes with the route ${route.to} dev ${route.devices.join(", ")}`,
    );
  return [
    // One left without ports and with another address: made by a configuration of before.
    ...(there === undefined ? [] : [`link delete dev ${bridge}`]),
    `link add dev ${bridge} address ${bridgeMac(gateway)} type bridge ${learning}`,
    `link set dev ${bridge} alias "${bridgeMark}" addrgenmode none`,
    `address add ${address} dev ${bridge}`,
    `link set dev ${bridge} up`,
  ];
}

/** What `ip -batch` has to do to take the tap away, with the bridge when nothing else is on it. Pure. Throws PRIVILEGE_REFUSED. */
export function tapRemovalLines({ links }: NetworkState, vm: string, bridge: string): readonly string[] {
  const tap = links.find(({ name }) => name === tapName(vm));
  if (tap !== undefined && tap.alias !== markOf(vm)) throw foreign(tap);
  const there = links.find(({ name }) => name === bridge);
  const others = links.filter(({ name, master }) => master === bridge && name !== tap?.name);
  return [
    ...(tap === undefined ? [] : [`link delete dev ${tap.name}`]),
    ...(there !== undefined && isOurBridge(there) && others.length === 0 ? [`link delete dev ${bridge}`] : []),
  ];
}

/** Whether a tap of banger's other than this VM's is there. Pure. */
export function hasOtherTaps({ links }: NetworkState, vm: string): boolean {
  return links.some((link) => isOurTap(link) && link.name !== tapName(vm));
}

/** Without an address of its own a bridge takes that of one of its ports, and changes it when ports come and go. Pure. */
function bridgeMac(gateway: string): string {
  const octets = formatIpv4(parseIpv4(gateway)!).split(".");
  return ["02", "fc", ...octets.map((octet) => Number(octet).toString(16).padStart(2, "0"))].join(":");
}

/** Whether the network is one that the host reaches on another way. */
function takes({ to, devices }: Route, network: string, bridge: string): boolean {
  if (devices.includes(bridge)) return false;
  const range = parseNetwork(to);
  return range !== null && range.prefix >= widestPrefix && overlaps(range, parseNetwork(network)!);
}

function foreign({ name, alias }: Link): BangerError {
  const shown = alias === "" ? "no alias" : `the alias ${JSON.stringify(alias)}`;
  return new BangerError("PRIVILEGE_REFUSED", `the interface ${name} is not banger's: it has ${shown}`, {
    hint: "[network.bridge] name in config.toml gives banger's bridge another name",
  });
}

function clash(message: string): BangerError {
  return new BangerError("NETWORK_CLASH", message, {
    hint: "[network.bridge] cidr in config.toml gives the VMs another network",
  });
}
