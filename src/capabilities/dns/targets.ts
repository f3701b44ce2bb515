import { isIP } from "node:net";
import type { ListeningPort } from "../../core/api/guest.ts";

/** What the ports of one guest may take of this host. */
export const maxForwards = 128;

/** What to dial in the guest for one of its ports: an address, or `localhost` for a port that is open on all of them. */
export type Target = string;

/**
 * Which ports of a guest to forward, with what to dial for each. Ports that are forwarded already keep their place when there are more
 * than `maxForwards`. Pure; believes nothing that the guest says.
 */
export function chooseTargets(
  listening: readonly ListeningPort[],
  held: ReadonlySet<number>,
): ReadonlyMap<number, Target> {
  const best = new Map<number, Target>();
  for (const { address, port } of listening) {
    if (!Number.isInteger(port) || port < 1 || port > 65_535 || isIP(address) === 0) continue;
    const target = address === "0.0.0.0" || address === "::" ? "localhost" : address;
    const other = best.get(port);
    if (other === undefined || rank(target) < rank(other)) best.set(port, target);
  }
  const ports = [...best.keys()].toSorted((a, b) => Number(held.has(b)) - Number(held.has(a)) || a - b);
  return new Map(ports.slice(0, maxForwards).map((port) => [port, best.get(port)!]));
}

/** The same port may be open on several addresses; the one that most clients would take comes first. */
function rank(target: Target): number {
  const order = ["localhost", "127.0.0.1", "::1"].indexOf(target);
  return order < 0 ? 3 : order;
}
