import type { Nic } from "../api/contributions.ts";

/** A NIC whose guest this host reaches at the guest's own address. */
export interface DirectNic {
  /** IPv4, without the prefix's length. */
  readonly address: string;
  readonly bridge: string;
}

/** The first of them on a bridge of the host, or null. Pure. */
export function directNic(nics: readonly Nic[]): DirectNic | null {
  for (const { backend, guest } of nics) {
    if (backend.kind !== "tap" || backend.bridge === undefined || guest === undefined) continue;
    return { address: guest.address.split("/", 1)[0]!, bridge: backend.bridge };
  }
  return null;
}
