import { parseNetwork } from "../model/ipv4.ts";
import { isOurBridge } from "./marks.ts";
import type { NetworkState } from "./state.ts";

/** Names that need no escape anywhere; others are left alone. */
const plainName = /^[\w.@+-]{1,15}$/;

/** The interfaces by which the host reaches the outside: those of default routes of any table, and of the halves that VPNs put over them. Pure. */
export function uplinksOf({ links, routes }: NetworkState): readonly string[] {
  const outward = routes.filter(({ to }) => to === "default" || (parseNetwork(to)?.prefix ?? 32) <= 1);
  const bridges = new Set(links.filter(isOurBridge).map(({ name }) => name));
  const names = outward.flatMap(({ devices }) => devices).filter((name) => plainName.test(name) && !bridges.has(name));
  return [...new Set(names)].sort();
}
