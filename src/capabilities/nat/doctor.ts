import type { Finding } from "../../core/api/capability.ts";
import { asBangerError } from "../../core/api/errors.ts";
import type { Host } from "../../core/api/host.ts";
import { readIptables } from "../../core/network/iptables-state.ts";
import { missingAccepts } from "../../core/network/nat-doctor.ts";
import { parseRuleset } from "../../core/network/ruleset.ts";
import { readNetwork } from "../../core/network/state.ts";
import { uplinksOf } from "../../core/network/uplinks.ts";
import type { NatConfig } from "./config.ts";

/** Read-only. What other firewalls do is only seen by root. */
export async function natDoctor(host: Host, config: NatConfig): Promise<readonly Finding[]> {
  try {
    return [await look(host, config)];
  } catch (thrown) {
    const { message, hint } = asBangerError(thrown);
    return [{ row, status: "warn", message: `--nat does not work: ${message}`, ...(hint && { detail: [hint] }) }];
  }
}

const row = "nat";

async function look(host: Host, { masquerade }: NatConfig): Promise<Finding> {
  const network = await readNetwork(host);
  const uplinks = uplinksOf(network);
  if (uplinks.length === 0)
    return { row, status: "warn", message: "the host has no default route: VMs with --nat reach nothing" };
  const whom = masquerade ? "all VMs on a bridge" : "VMs with --nat";
  const message = `${whom} reach the outside by ${uplinks.join(", ")}`;
  const listed = await host.run(["nft", "-j", "list", "ruleset"], { okCodes: [0, 1] });
  if (listed.code !== 0) return { row, status: "pass", message, detail: ["other firewalls: only root sees them"] };
  const lost = missingAccepts({ network, ruleset: parseRuleset(listed.stdout), filters: await readIptables(host) });
  if (lost.length === 0) return { row, status: "pass", message };
  return {
    row,
    status: "warn",
    message: "another firewall was loaded anew, and drops what VMs with --nat send",
    detail: lost.map((vm) => `banger vm set ${vm} --no-nat && banger vm set ${vm} --nat`),
  };
}
