import { readFile } from "node:fs/promises";
import { parseIpv4 } from "../core/model/ipv4.ts";

/** The resolver's own file, then where a local forwarder says whom it asks itself. */
const files = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf", "/run/NetworkManager/no-stub-resolv.conf"];

/** See Host.nameservers. */
export async function nameservers(): Promise<readonly string[]> {
  for (const file of files) {
    const found = remoteNameservers(await readFile(file, "utf8").catch(() => ""));
    if (found.length > 0) return found;
  }
  return [];
}

/** Those of a resolv.conf that another machine can ask too: IPv4, and not the host's own loopback. Pure. */
export function remoteNameservers(text: string): readonly string[] {
  const named = [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address]) => address!);
  return [...new Set(named)].filter((address) => parseIpv4(address) !== null && !/^(127|0)\./.test(address));
}
