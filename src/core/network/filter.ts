import { macOf } from "../model/mac.ts";
import { tapName } from "../privileged/shapes.ts";
import { isOurTap, markOf } from "./marks.ts";
import type { Ruleset } from "./ruleset.ts";
import type { NetworkState } from "./state.ts";

export interface FilterRequest {
  readonly vm: string;
  readonly bridge: string;
  readonly address: string;
}

/**
 * For `nft -f`: both tables with what is in them whoever is there: what keeps guests to their own addresses, and away from the host and
 * each other. A guest sends IPv4 and ARP with its own MAC and address, and none of it to link-local addresses (169.254.169.254). What is
 * in a VLAN is dropped first: the kernel takes the tag off before the other rules look, and what is behind it would pass them. A guest
 * reaches of the host the answer to a ping and what the host began; nothing is forwarded for it unless NAT says so. Said again it changes
 * nothing.
 */
export const filterTables = `\
add table bridge banger
add set bridge banger taps { type ifname; }
add set bridge banger guests { type ifname . ether_addr . ipv4_addr; }
add chain bridge banger guest
add chain bridge banger prerouting { type filter hook prerouting priority -300; policy accept; }
flush chain bridge banger guest
flush chain bridge banger prerouting
add rule bridge banger prerouting iifname @taps jump guest
add rule bridge banger guest ether type { 8021q, 8021ad } drop
add rule bridge banger guest ip daddr 169.254.0.0/16 drop
add rule bridge banger guest iifname . ether saddr . ip saddr @guests accept
add rule bridge banger guest iifname . ether saddr . arp saddr ip @guests iifname . arp saddr ether . arp saddr ip @guests accept
add rule bridge banger guest drop
add table inet banger
add set inet banger bridges { type ifname; }
add set inet banger open { type ifname . ifname; }
add set inet banger uplinks { type ifname; }
add chain inet banger allowed
add chain inet banger input { type filter hook input priority -10; policy accept; }
add chain inet banger forward { type filter hook forward priority -10; policy accept; }
flush chain inet banger input
flush chain inet banger forward
add rule inet banger input iifname @bridges ct state established,related accept
add rule inet banger input iifname @bridges icmp type echo-request fib daddr . iif type local accept
add rule inet banger input iifname @bridges reject with icmpx admin-prohibited
add rule inet banger forward iifname . oifname @open accept
add rule inet banger forward iifname @bridges jump allowed
add rule inet banger forward iifname @bridges reject with icmpx admin-prohibited
add rule inet banger forward oifname @bridges ct state established,related accept
add rule inet banger forward oifname @bridges drop
`;

/** For `nft -f`, where the tables are there: the guest's entries. Pure. */
export function filterEntries({ vm, bridge, address }: FilterRequest, guestToGuest: boolean): string {
  const mark = `comment "${markOf(vm)}"`;
  const pair = `{ "${bridge}" . "${bridge}" }`;
  return [
    `add element inet banger bridges { "${bridge}" }\n`,
    ...(guestToGuest ? [`add element inet banger open ${pair}\n`] : gone("inet banger open", pair)),
    `add element bridge banger guests { ${guestOf(vm, address)} ${mark} }\n`,
    `add element bridge banger taps { "${tapName(vm)}" ${mark} }\n`,
  ].join("");
}

/** For `nft -f`, where the tables are there: the guest's entries go, with those of a bridge that went too. Pure. */
export function filterRemoval({ vm, bridge, address }: FilterRequest, bridgeGone: boolean): string {
  return [
    ...gone("bridge banger guests", `{ ${guestOf(vm, address)} }`),
    ...gone("bridge banger taps", `{ "${tapName(vm)}" }`),
    ...(bridgeGone ? gone("inet banger bridges", `{ "${bridge}" }`) : []),
    ...(bridgeGone ? gone("inet banger open", `{ "${bridge}" . "${bridge}" }`) : []),
  ].join("");
}

/** For `nft -f`: no guest is left. What is gone already is made first, so that it can go. */
export const tablesRemoval = ["bridge", "inet"]
  .map((family) => `add table ${family} banger\ndelete table ${family} banger\n`)
  .join("");

/** VMs with a tap of ours whose entries are gone: somebody loaded other rules in place of all. Pure. */
export function unguardedVms({ links }: NetworkState, { elements }: Ruleset): readonly string[] {
  const guarded = new Set(elements.filter(({ set }) => set === "guests").map(({ comment }) => comment));
  const taps = links.filter((link) => isOurTap(link) && !guarded.has(link.alias));
  return taps.map(({ alias }) => alias.slice("banger ".length));
}

function guestOf(vm: string, address: string): string {
  return `"${tapName(vm)}" . ${macOf(vm)} . ${address}`;
}

/** What is not there is made first, so that it can go. */
function gone(set: string, element: string): string[] {
  return [`add element ${set} ${element}\n`, `delete element ${set} ${element}\n`];
}
