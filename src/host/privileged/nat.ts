import { BangerError } from "../../core/api/errors.ts";
import type { Host } from "../../core/api/host.ts";
import { iptablesCommands } from "../../core/network/iptables.ts";
import { readIptables, restoreIptables, type Iptables } from "../../core/network/iptables-state.ts";
import { guestOf, natPlan, natVms, type NatState } from "../../core/network/nat-plan.ts";
import { readRuleset } from "../../core/network/ruleset.ts";
import { readNetwork } from "../../core/network/state.ts";
import type { natOperations } from "../../core/privileged/nat.ts";
import { readSetting, writeSetting } from "../network-settings.ts";
import type { Handlers } from "./index.ts";

export const natHandlers: Handlers<keyof typeof natOperations> = {
  async "nat.add"({ host }, { vm }) {
    return { obstacles: await settle(host, (vms) => [...new Set([...vms, vm])], vm) };
  },
  async "nat.remove"({ host }, { vm }) {
    await settle(host, (vms) => vms.filter((other) => other !== vm));
    return null;
  },
  async "nat.follow"({ host }) {
    await settle(host, (vms) => vms);
    return null;
  },
};

/**
 * Gives NAT to exactly the VMs that `choose` makes of those that have it. One that has no tap any more has none; `must` has to have one.
 * Returns the plan's obstacles.
 */
async function settle(
  host: Host,
  choose: (vms: readonly string[]) => readonly string[],
  must?: string,
): Promise<readonly string[]> {
  const state = await readState(host);
  const vms = choose(natVms(state.ruleset));
  const guests = vms.flatMap((vm) => guestOf(state, vm) ?? []);
  if (must !== undefined && !guests.some(({ vm }) => vm === must)) {
    throw new BangerError("PRIVILEGE_REFUSED", `the VM ${must} has no tap of banger's with its entry in nftables`, {
      hint: "when other rules of nftables were loaded in place of all, stop the VM and start it",
    });
  }
  const plan = natPlan(state, guests);
  for (const device of plan.off) writeSetting(`ipv4/conf/${device}/forwarding`, 0);
  if (plan.nft !== "") await host.run(["nft", "-f", "-"], { input: plan.nft });
  for (const { restore, table } of state.filters) {
    const commands = iptablesCommands(table, plan.passages);
    if (commands.length > 0) await restoreIptables(host, restore, commands);
  }
  for (const device of plan.on) writeSetting(`ipv4/conf/${device}/forwarding`, 1);
  return plan.obstacles;
}

async function readState(host: Host): Promise<NatState & { readonly filters: readonly Iptables[] }> {
  const [network, ruleset, filters] = await Promise.all([readNetwork(host), readRuleset(host), readIptables(host)]);
  const on = network.links.map(({ name }) => name).filter((name) => readSetting(`ipv4/conf/${name}/forwarding`) === 1);
  return {
    network,
    ruleset,
    filters,
    iptables: filters.some(({ nft }) => nft),
    forwarding: { all: readSetting("ipv4/ip_forward") === 1, on: new Set(on) },
  };
}
