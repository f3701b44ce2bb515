import type { Host } from "../api/host.ts";

/** An interface of the host, as far as banger looks at it. */
export interface Link {
  readonly name: string;
  /** "" where there is none. */
  readonly alias: string;
  /** `bridge`, `tun`, … or "" for hardware. */
  readonly kind: string;
  /** The bridge that it is a port of, or "". */
  readonly master: string;
  /** IPv4, with the prefix's length. */
  readonly addresses: readonly string[];
}

/** A unicast IPv4 route of any table. */
export interface Route {
  /** `172.16.0.0/24`, an address alone or `default`. */
  readonly to: string;
  readonly devices: readonly string[];
}

export interface NetworkState {
  readonly links: readonly Link[];
  readonly routes: readonly Route[];
}

/** What the kernel has now, by one program. */
export async function readNetwork(host: Host): Promise<NetworkState> {
  const input = "address show\nroute show table all type unicast\n";
  return parseNetworkState((await host.run(["ip", "-j", "-d", "-batch", "-"], { input })).stdout);
}

/** One JSON array a line: interfaces, then routes. Pure. */
export function parseNetworkState(text: string): NetworkState {
  const [links = [], routes = []] = text
    .split("\n")
    .filter((line) => line.startsWith("["))
    .map((line) => JSON.parse(line) as unknown[]);
  return { links: (links as IpLink[]).filter(hasName).map(linkOf), routes: (routes as IpRoute[]).map(routeOf) };
}

/** As ip prints them. */
interface IpLink {
  readonly ifname?: string;
  readonly ifalias?: string;
  readonly master?: string;
  readonly linkinfo?: { readonly info_kind?: string };
  readonly addr_info?: readonly { readonly family?: string; readonly local?: string; readonly prefixlen?: number }[];
}

interface IpRoute {
  readonly dst?: string;
  readonly dev?: string;
  readonly nexthops?: readonly { readonly dev?: string }[];
}

function hasName(link: IpLink): link is IpLink & { readonly ifname: string } {
  return typeof link.ifname === "string";
}

function linkOf({ ifname, ifalias = "", master = "", linkinfo, addr_info = [] }: IpLink & { ifname: string }): Link {
  const addresses = addr_info.filter(({ family }) => family === "inet");
  return {
    name: ifname,
    alias: ifalias,
    kind: linkinfo?.info_kind ?? "",
    master,
    addresses: addresses.map(({ local, prefixlen }) => `${local}/${prefixlen}`),
  };
}

function routeOf({ dst = "", dev, nexthops = [] }: IpRoute): Route {
  const devices = [dev, ...nexthops.map((hop) => hop.dev)];
  return { to: dst, devices: devices.filter((device) => device !== undefined) };
}
