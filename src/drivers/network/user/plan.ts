/** The guest's addresses in a namespace of its own: all guests have the same ones, since none can see another. */
export const addresses = {
  guest: "10.98.76.6/30",
  /** The tap's end of the link to the guest. */
  gateway: "10.98.76.5/30",
  /** pasta's end of its link into the namespace. It answers for every address, and passes DNS queries to itself on to the host's resolver. */
  outside: "10.98.76.1",
  /** The namespace's end of that link. */
  inside: "10.98.76.2",
} as const;

export const tap = "guest";
const uplink = "outside";

/** Holds a user and network namespace of its own, in which the user is root. `sleep` adds its arguments up: the marker is one of them. Pure. */
export function holderArgv(marker: string): [string, ...string[]] {
  return ["unshare", "--user", "--map-root-user", "--net", "--", holderProgram, "infinity", marker];
}
export const holderProgram = "sleep";

/** Runs a program in the holder's namespaces. Pure. */
export function enterArgv(holder: number, argv: readonly string[]): [string, ...string[]] {
  return ["nsenter", "--target", String(holder), "--user", "--net", "--preserve-credentials", "--", ...argv];
}

export interface PastaSetup {
  readonly holder: number;
  /** Written when everything is set up. */
  readonly pidFile: string;
  readonly root: boolean;
  /** An interface of the host that stands for the outside; null: the one with the default route. */
  readonly template: string | null;
}

/**
 * pasta carries the guest's connections as the user's own, as any program of his would make them, out of the namespace and nothing into it.
 * Not a shared loopback: no address stands for the host's, nor does a port of either side appear on the other. Pure.
 */
export function pastaArgv({ holder, pidFile, root, template }: PastaSetup): [string, ...string[]] {
  return [
    ...(["pasta", "--foreground", "--quiet", "--ipv4-only", "--config-net", "--no-map-gw"] as const),
    ...["--ns-ifname", uplink, "--address", addresses.inside, "--netmask", "30", "--gateway", addresses.outside],
    ...["--dns-forward", addresses.outside],
    ...["--tcp-ports", "none", "--udp-ports", "none", "--tcp-ns", "none", "--udp-ns", "none"],
    ...(template === null ? [] : ["--interface", template]),
    // It would become nobody, who may not enter root's namespace; what it keeps is not more than that namespace's.
    ...(root ? ["--runas", "0"] : []),
    ...["--pid", pidFile, String(holder)],
  ];
}

/**
 * Lines for `ip -batch -`. The guest is routed, not bridged: what it sends to 127.0.0.0/8 or 0.0.0.0, which pasta would connect to on the
 * host, this namespace's kernel drops as it does wherever such a packet comes from outside. Pure.
 */
export function tapBatch(): string {
  return [
    `tuntap add dev ${tap} mode tap`,
    `link set dev ${tap} addrgenmode none`,
    `address add ${addresses.gateway} dev ${tap}`,
    `link set dev ${tap} up`,
    "",
  ].join("\n");
}

/** A file of /proc/sys: `tee` with "1" on its stdin lets the namespace forward. */
export const forwarding = "/proc/sys/net/ipv4/ip_forward";
