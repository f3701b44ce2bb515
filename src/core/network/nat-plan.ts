import { tapName } from "../privileged/shapes.ts";
import { closedObstacles, foreignAccepts } from "./foreign-nft.ts";
import type { Passage } from "./forward.ts";
import { isOurBridge, isOurTap, isVmMark, markOf } from "./marks.ts";
import type { NftRule, Ruleset } from "./ruleset.ts";
import type { NetworkState } from "./state.ts";
import { uplinksOf } from "./uplinks.ts";

export interface NatState {
  readonly network: NetworkState;
  readonly ruleset: Ruleset;
  /** Whether an iptables answers for `ip filter FORWARD`. */
  readonly iptables: boolean;
  /** Whether the host forwards whatever comes in on an interface: all, or those named. */
  readonly forwarding: { readonly all: boolean; readonly on: ReadonlySet<string> };
}

/** A guest as `tap.create` has left it. */
export interface NatGuest {
  readonly vm: string;
  readonly address: string;
  readonly bridge: string;
}

export interface NatPlan {
  /** For `nft -f`, one transaction; "" where there is nothing to do. */
  readonly nft: string;
  /** Interfaces on which forwarding goes on after, and off before that. */
  readonly on: readonly string[];
  readonly off: readonly string[];
  /** For the chains of iptables. */
  readonly passages: readonly Passage[];
  /** Tables of others that drop what guests send, and that nobody but their program can change. */
  readonly obstacles: readonly string[];
}

/** What an uplink's element says when it was banger that turned its forwarding on. */
const wasOff = "forwarding was off";

/** The guest of a VM with a tap of ours; null where it has none or its entry is gone. Pure. */
export function guestOf({ network, ruleset }: Pick<NatState, "network" | "ruleset">, vm: string): NatGuest | null {
  const tap = network.links.find((link) => link.name === tapName(vm) && link.alias === markOf(vm) && isOurTap(link));
  const bridge = network.links.find((link) => link.name === tap?.master && isOurBridge(link));
  const entry = ruleset.elements.find(({ set, comment }) => set === "guests" && comment === markOf(vm));
  const [name, , address] = entry?.parts ?? [];
  if (tap === undefined || bridge === undefined || name !== tap.name || typeof address !== "string") return null;
  return { vm, address, bridge: bridge.name };
}

/** The VMs that have NAT now. Pure. */
export function natVms({ rules }: Ruleset): readonly string[] {
  return [...new Set(rules.filter(isNatRule).map(({ comment }) => comment!.slice("banger ".length)))];
}

/** What makes exactly these guests have NAT, whatever is there already. Pure. */
export function natPlan(state: NatState, guests: readonly NatGuest[]): NatPlan {
  const { ruleset, forwarding, network } = state;
  const uplinks = guests.length > 0 ? uplinksOf(network) : [];
  const bridges = [...new Set(guests.map(({ bridge }) => bridge))];
  const known = ruleset.elements.filter(({ set }) => set === "uplinks");
  const [kept, gone] = [known.filter(isIn(uplinks)), known.filter((element) => !isIn(uplinks)(element))];
  const added = uplinks.filter((name) => !kept.some(({ parts }) => parts[0] === name));
  const passages = guests.flatMap(({ vm, address, bridge }) =>
    // Without an uplink what drops everything is still known.
    (uplinks.length > 0 ? uplinks : [""]).map((uplink) => ({ address, bridge, uplink, comment: markOf(vm) })),
  );
  const isOff = (name: string): boolean => !forwarding.all && !forwarding.on.has(name);
  const opened = [...kept.filter(({ comment }) => comment === wasOff).map(nameOf), ...added.filter(isOff)];
  const lines = [
    ...ruleset.rules.filter(({ comment }) => isVmMark(comment)).map(deletion),
    ...gone.map((element) => `delete element inet banger uplinks { "${nameOf(element)}" }`),
    ...(guests.length > 0
      ? tables
      : ruleset.chains
          .filter((chain) => isOurs(chain, "postrouting"))
          .map(() => "delete chain inet banger postrouting")),
    ...added.map((name) => `add element inet banger uplinks { "${name}"${isOff(name) ? ` comment "${wasOff}"` : ""} }`),
    ...transitLines(ruleset, forwarding.all ? [] : opened),
    ...guests.flatMap(guestLines),
    ...new Set(passages.flatMap((passage) => foreignAccepts(ruleset, passage, state.iptables))),
  ];
  const idle = network.links.filter((link) => isOurBridge(link) && !bridges.includes(link.name));
  const turnedOn = gone.filter(({ comment }) => comment === wasOff).map(nameOf);
  return {
    nft: lines.map((line) => `${line}\n`).join(""),
    on: [...bridges, ...uplinks].filter(isOff),
    // Where the host forwards everything by now, somebody else needs it.
    off: forwarding.all ? [] : [...turnedOn, ...idle.map(({ name }) => name)].filter((name) => !isOff(name)),
    passages,
    obstacles: [...new Set(passages.flatMap((passage) => closedObstacles(ruleset, passage)))],
  };
}

const tables = ["add chain inet banger postrouting { type nat hook postrouting priority 100; policy accept; }"];

/**
 * Forwarding on an uplink is for the guests' answers: for what its other neighbours begin the host is as little a router as before,
 * unless it forwards everything by now. What others of the host have begun is answered, also while no daemon follows the host's settings.
 */
function transitLines({ chains }: Ruleset, opened: readonly string[]): readonly string[] {
  const chain = "chain inet banger transit";
  if (opened.length === 0)
    return chains.some((there) => isOurs(there, "transit")) ? [`flush ${chain}`, `delete ${chain}`] : [];
  return [
    `add ${chain} { type filter hook forward priority -10; policy accept; }`,
    `flush ${chain}`,
    ...opened.map(
      (name) =>
        `add rule inet banger transit iifname "${name}" oifname != @bridges ct state { invalid, new, untracked } drop`,
    ),
  ];
}

function guestLines({ vm, address }: NatGuest): readonly string[] {
  const rule = `ip saddr ${address} oifname @uplinks`;
  return [
    `add rule inet banger allowed ${rule} accept comment "${markOf(vm)}"`,
    `add rule inet banger postrouting ${rule} masquerade comment "${markOf(vm)}"`,
  ];
}

function deletion({ family, table, chain, handle }: NftRule): string {
  return `delete rule ${family} ${table} ${chain} handle ${handle}`;
}

function isNatRule({ family, table, chain, comment }: NftRule): boolean {
  return family === "inet" && table === "banger" && chain === "postrouting" && isVmMark(comment);
}

function isOurs({ family, table, name }: Ruleset["chains"][number], wanted: string): boolean {
  return family === "inet" && table === "banger" && name === wanted;
}

function nameOf({ parts }: Ruleset["elements"][number]): string {
  return String(parts[0]);
}

function isIn(names: readonly string[]): (element: Ruleset["elements"][number]) => boolean {
  return (element) => names.includes(nameOf(element));
}
