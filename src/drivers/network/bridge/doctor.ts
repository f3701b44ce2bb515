import type { Finding } from "../../../core/api/capability.ts";
import { asBangerError } from "../../../core/api/errors.ts";
import type { Host } from "../../../core/api/host.ts";
import { bridgeLines } from "../../../core/network/bridge-plan.ts";
import { readNetwork } from "../../../core/network/state.ts";
import type { BridgeConfig } from "./config.ts";

const packages = {
  ip: "apt install iproute2 · dnf install iproute · pacman -S iproute2",
  nft: "apt install nftables · dnf install nftables · pacman -S nftables",
} as const;

/** Read-only, and as the user who asks: what is there, and whether the bridge can be made. */
export async function bridgeDoctor(host: Host, config: BridgeConfig): Promise<readonly Finding[]> {
  const { name, cidr, gateway } = config;
  const missing: ("ip" | "nft")[] = [];
  for (const program of ["ip", "nft"] as const) if ((await host.which(program)) === null) missing.push(program);
  if (missing.length > 0) {
    const message = `bridge needs ${missing.join(" and ")}`;
    return [{ row: "network", status: "fail", message, detail: missing.map((program) => packages[program]) }];
  }
  const where = `bridge ${name}, ${cidr}, gateway ${gateway}`;
  try {
    const lines = bridgeLines(await readNetwork(host), { bridge: name, gateway, network: cidr });
    const there = lines.length === 1 ? "" : ", made with the first VM";
    return [{ row: "network", status: "pass", message: `${where}${there}` }];
  } catch (thrown) {
    const { message, hint } = asBangerError(thrown);
    return [{ row: "network", status: "fail", message, ...(hint !== undefined && { detail: [hint] }) }];
  }
}
