import type { Finding } from "../../../core/api/capability.ts";
import { asBangerError } from "../../../core/api/errors.ts";
import type { Host } from "../../../core/api/host.ts";
import { bridgeLines } from "../../../core/network/bridge-plan.ts";
import { unguardedVms } from "../../../core/network/filter.ts";
import { parseRuleset } from "../../../core/network/ruleset.ts";
import { readNetwork } from "../../../core/network/state.ts";
import type { BridgeConfig } from "./config.ts";

/** Read-only, and as the user who asks: what is there, and whether the bridge can be made. */
export async function bridgeDoctor(host: Host, config: BridgeConfig): Promise<readonly Finding[]> {
  const { name, cidr, address: gateway } = config;
  const where = `bridge ${name}, ${cidr}, gateway ${gateway}`;
  try {
    const network = await readNetwork(host);
    const lines = bridgeLines(network, { bridge: name, gateway, network: cidr });
    // Root alone sees rules.
    const { code, stdout } = await host.run(["nft", "-j", "list", "ruleset"], { okCodes: [0, 1] });
    const unguarded = code === 0 ? unguardedVms(network, parseRuleset(stdout)) : [];
    if (unguarded.length > 0) {
      const message = `another program took away the rules that keep ${unguarded.length === 1 ? "a VM" : "VMs"} from the host`;
      return [{ row: "network", status: "fail", message, detail: unguarded.map((vm) => `banger vm restart ${vm}`) }];
    }
    const there = lines.length === 1 ? "" : ", made with the first VM";
    return [{ row: "network", status: "pass", message: `${where}${there}` }];
  } catch (thrown) {
    const { message, hint } = asBangerError(thrown);
    return [{ row: "network", status: "fail", message, ...(hint !== undefined && { detail: [hint] }) }];
  }
}
