import { iptablesCommands } from "./iptables.ts";
import type { Iptables } from "./iptables-state.ts";
import { guestOf, natPlan, natVms, type NatState } from "./nat-plan.ts";
import { markOf } from "./marks.ts";

/** VMs with NAT whose packets a forward chain of others drops, since its owner has made it anew. Pure. */
export function missingAccepts(
  state: Pick<NatState, "network" | "ruleset"> & { readonly filters: readonly Iptables[] },
): readonly string[] {
  const { ruleset, filters } = state;
  const iptables = filters.some(({ nft }) => nft);
  return natVms(ruleset).filter((vm) => {
    const guest = guestOf(state, vm);
    if (guest === null) return true;
    const mark = `"${markOf(vm)}"`;
    const plan = natPlan({ ...state, iptables, forwarding: { all: true, on: new Set() } }, [guest]);
    const counts = (lines: readonly string[]): number => lines.filter((line) => line.includes(mark)).length;
    const foreign = ruleset.rules.filter(({ table, comment }) => table !== "banger" && comment === markOf(vm)).length;
    // Two of them are for the tables of our own.
    if (counts(plan.nft.split("\n")) - 2 > foreign) return true;
    return filters.some(({ table }) => {
      const added = iptablesCommands({ ...table, ours: [] }, plan.passages);
      return counts(added) > counts(table.ours);
    });
  });
}
