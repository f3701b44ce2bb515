import { BangerError } from "../../../core/api/errors.ts";
import { isAtRest } from "../../../core/model/state.ts";
import type { VmInfo } from "../../../rpc/protocol.ts";
import { confirm } from "../../client/confirm.ts";
import { forEach } from "../../client/each.ts";
import { vmPath } from "../../client/paths.ts";
import { defineCommand } from "../../command.ts";
import { outputFlags, vmReferences } from "../flags.ts";

export default defineCommand({
  meta: {
    notes: [
      "Its disks and everything on them are gone afterwards. For a VM that runs, a terminal is asked first; without one --force is needed.",
    ],
    examples: ["banger vm delete web", "banger vm delete --force web db"],
  },
  args: {
    ...vmReferences,
    force: { type: "boolean", alias: "f", description: "Running ones too, without asking" },
    ...outputFlags,
  },
  async run(ctx) {
    const { name: references, force } = ctx.args;
    const allowed = force ? null : await mayDelete(ctx, references);
    return forEach(ctx, references, async (reference, onEvent, signal) => {
      const refusal = allowed?.get(reference);
      if (refusal !== undefined) throw refusal;
      await ctx.daemon.events("DELETE", vmPath(reference), undefined, { onEvent, signal });
      return null;
    });
  },
});

/** Why references must not be deleted, for those that must not. */
async function mayDelete(
  ctx: Parameters<typeof confirm>[0],
  references: readonly string[],
): Promise<ReadonlyMap<string, BangerError>> {
  const refusals = new Map<string, BangerError>();
  for (const reference of new Set(references)) {
    // What is wrong with the reference itself is told when it is deleted.
    const vm = await ctx.daemon.request<VmInfo>("GET", vmPath(reference)).catch(() => null);
    if (vm === null || isAtRest(vm.state) || vm.state === "error") continue;
    if (await confirm(ctx, `${vm.name} is ${vm.state}. Delete it and its disks?`)) continue;
    refusals.set(
      reference,
      new BangerError("VM_STATE", `${vm.name} is ${vm.state}`, {
        hint: `banger vm stop ${vm.name} first, or banger vm delete --force ${vm.name}`,
      }),
    );
  }
  return refusals;
}
