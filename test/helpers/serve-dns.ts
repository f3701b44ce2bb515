import { serveDns, type DnsServer } from "../../src/capabilities/dns/server.ts";
import type { Zone } from "../../src/capabilities/dns/zone.ts";

/** A DNS server on a port that is free for UDP and, what the kernel does not look at when it chooses one, for TCP. */
export async function serveAnywhere(zone: Zone): Promise<DnsServer> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await serveDns(zone, "127.0.0.1", 0);
    } catch (error) {
      if (attempt === 10) throw error;
    }
  }
}
