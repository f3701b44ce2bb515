import type { GuestPort } from "../../core/api/guest.ts";
import type { Json } from "../../core/api/json.ts";
import type { ForwardedPort } from "./forward.ts";
import { maxForwards } from "./targets.ts";

const wildcards: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/** The guest's ports, each with where this host reaches it (`host`, null for nowhere) and why not (`note`). Pure. */
export function reachablePorts(
  ports: readonly GuestPort[],
  place: { readonly address: string | null; readonly bridge: string | null },
  forwarded: readonly ForwardedPort[],
): Json {
  return ports.map((port) => {
    const { host = null, note = null } = reach(port, place, forwarded);
    return { ...port, host, note };
  });
}

interface Reach {
  readonly host?: { readonly address: string; readonly port: number };
  readonly note?: string;
}

function reach(
  { protocol, address, port }: GuestPort,
  place: Parameters<typeof reachablePorts>[1],
  forwarded: readonly ForwardedPort[],
): Reach {
  if (place.address === null) return {};
  const host = { address: place.address, port };
  if (place.bridge !== null) {
    if (wildcards.has(address) || address === place.address) return { host };
    return { note: `bound to ${address} in the guest` };
  }
  if (protocol !== "tcp") return { note: "only TCP is forwarded" };
  const forward = forwarded.find((other) => other.port === port);
  if (forward === undefined)
    return { note: forwarded.length < maxForwards ? "just opened" : `more than ${maxForwards} ports` };
  return forward.obstacle === null ? { host } : { note: forward.obstacle };
}
