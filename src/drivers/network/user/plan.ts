/** The guest's addresses in a namespace of its own: all guests have the same ones, since none can see another. */
export const addresses = {
  guest: "10.98.76.6",
  /** The tap's end of the link to the guest. */
  gateway: "10.98.76.5",
  /** The namespace's end of its link to pasta. */
  inside: "10.98.76.2",
  /** pasta's end. What is sent to its DNS port pasta hands on to the host's resolver. */
  outside: "10.98.76.1",
  /** Of both links. */
  prefix: 30,
} as const;

export const tap = "guest";

/** It is there so that there is a namespace. */
export const holderProgram = "sleep";

/** A file of /proc/sys: with "1" in it the namespace forwards. */
export const forwarding = "/proc/sys/net/ipv4/ip_forward";

/**
 * pasta in a user namespace where the user is root, with a network namespace of its own that ends with its only child; `sleep` adds its
 * arguments up, so the marker can be one. pasta carries the guest's connections out as the user's own, and none in: no address stands for
 * the host's loopback, and no port of either side appears on the other. AppArmor lets pasta only make a namespace, not enter ours, and
 * write no file, whence this way to start it. Pure.
 * @param marker decimal digits
 * @param template an interface of the host whose mtu and the like pasta takes; null for the one with the default route
 */
function pastaArgv(marker: string, template: string | null): [string, ...string[]] {
  const { inside, outside, prefix } = addresses;
  return [
    ...(["unshare", "--user", "--map-root-user", "--"] as const),
    ...["pasta", "--foreground", "--quiet", "--netns-only", "--config-net", "--ns-ifname", "outside"],
    ...["--ipv4-only", "--address", inside, "--netmask", String(prefix), "--gateway", outside],
    ...["--no-map-gw", "--dns-forward", outside],
    ...["--tcp-ports", "none", "--udp-ports", "none", "--tcp-ns", "none", "--udp-ns", "none"],
    ...(template === null ? [] : ["--interface", template]),
    ...["--", holderProgram, "infinity", marker],
  ];
}

/** The same namespaces without a way out of them, for a host that has none itself. Pure. */
function closedArgv(marker: string): [string, ...string[]] {
  return ["unshare", "--user", "--map-root-user", "--net", "--fork", "--", holderProgram, "infinity", marker];
}

/**
 * What to start until one lasts. Of several interfaces pasta takes the one with the default route; a host without that may have
 * neighbours all the same. Pure.
 * @param interfaces names of those with an IPv4 address, the loopback left out
 */
export function waysOut(marker: string, interfaces: readonly string[]): readonly [string, ...string[]][] {
  const [first, ...others] = interfaces;
  if (first === undefined) return [closedArgv(marker)];
  return [...(others.length === 0 ? [] : [pastaArgv(marker, null)]), pastaArgv(marker, first)];
}

/** Runs a program in the holder's namespaces. Pure. */
export function enterArgv(holder: number, argv: readonly string[]): [string, ...string[]] {
  return ["nsenter", "--target", String(holder), "--user", "--net", "--preserve-credentials", "--", ...argv];
}

/**
 * Lines for `ip -batch -`. The guest is routed, not bridged: what it sends to 127.0.0.0/8 or 0.0.0.0, which pasta would connect to on the
 * host, the namespace's kernel drops, as it does wherever such a packet comes from outside. Pure.
 */
export function tapBatch(): string {
  return [
    `tuntap add dev ${tap} mode tap`,
    `link set dev ${tap} addrgenmode none`,
    `address add ${addresses.gateway}/${addresses.prefix} dev ${tap}`,
    `link set dev ${tap} up`,
    "",
  ].join("\n");
}
