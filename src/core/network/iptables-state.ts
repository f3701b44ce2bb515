import type { Host } from "../api/host.ts";
import { parseIptables, type IptablesState } from "./iptables.ts";

/** One iptables of the host: what its rules are, and the program that changes them. */
export interface Iptables {
  readonly table: IptablesState;
  readonly restore: string;
  /** Whether its rules are nftables' own too. */
  readonly nft: boolean;
}

/** The iptables that have a filter table; none for anybody but root. Asking the old one would make it where there is none. */
export async function readIptables(host: Host): Promise<readonly Iptables[]> {
  const legacy = await host.run(["cat", "/proc/net/ip_tables_names"], { okCodes: [0, 1] });
  const kinds = [
    { list: "iptables-nft", restore: "iptables-nft-restore", nft: true, there: true },
    { list: "iptables-legacy", restore: "iptables-legacy-restore", nft: false, there: /^filter$/m.test(legacy.stdout) },
  ];
  const found = await Promise.all(kinds.filter(({ there }) => there).map(async (kind) => read(host, kind)));
  return found.filter((table) => table !== null);
}

/** Changes of the filter table in one transaction. */
export async function restoreIptables(host: Host, restore: string, commands: readonly string[]): Promise<void> {
  const input = ["*filter", ...commands, "COMMIT", ""].join("\n");
  await host.run([restore, "--noflush", "--wait=5"], { input });
}

async function read(
  host: Host,
  { list, restore, nft }: { readonly list: string; readonly restore: string; readonly nft: boolean },
): Promise<Iptables | null> {
  if ((await host.which(list)) === null) return null;
  // It fails on a table that others have filled with what it does not know; then there is nothing that it could change.
  const { code, stdout } = await host.run([list, "--wait", "5", "-S"], { okCodes: [0, 1, 2, 3, 4] });
  return code === 0 ? { table: parseIptables(stdout), restore, nft } : null;
}
