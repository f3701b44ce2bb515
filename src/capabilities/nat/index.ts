import type { Capability } from "../../core/api/capability.ts";
import type { Ctx } from "../../core/api/participant.ts";
import { directNic } from "../../core/model/direct-nic.ts";
import { natConfig, type NatConfig } from "./config.ts";
import { natDoctor } from "./doctor.ts";
import { natFlags } from "./flags.ts";
import { Follower } from "./follower.ts";

/**
 * Lets a guest on a bridge reach the outside under the host's address: by the interfaces of the host's default routes, whichever they
 * are. It follows the routes while the daemon runs, so each daemon makes its own.
 */
export function createNat(): Capability {
  const follower = new Follower();

  const add = async (ctx: Ctx<NatConfig>): Promise<void> => {
    const { vm, privileged, effect, emit } = ctx;
    const bridge = bridgeOf(ctx);
    if (bridge === null) return;
    const added = await effect("remove", { vm: vm.id }, () => privileged("nat.add", { vm: vm.id }));
    await follower.add(vm.id, ctx);
    for (const table of (added as { readonly obstacles?: readonly string[] } | null)?.obstacles ?? []) {
      const way = table === "inet firewalld" ? `: firewall-cmd --zone=trusted --add-interface=${bridge}` : "";
      const message = `${vm.name} does not get through: the table ${table} of nftables drops what it sends, and only its own program changes that${way}`;
      emit({ type: "notice", level: "warning", message });
    }
  };

  const capability: Capability<NatConfig> = {
    name: "nat",
    api: "^0.1.0",
    config: natConfig,
    flags: natFlags,
    stages: {
      async start(ctx) {
        if (ctx.config.masquerade) await add(ctx);
      },
    },
    undo: {
      async remove({ privileged }, { vm }) {
        await privileged("nat.remove", { vm: vm as string });
      },
    },
    async takeOver(ctx) {
      const { vm, config, privileged } = ctx;
      if (!config.masquerade || directNic(ctx.nics) === null) return;
      await follower.add(vm.id, ctx);
      // Routes may have changed while no daemon followed them. Who has NAT keeps it; nobody gets it who has no undo in the journal.
      await privileged("nat.follow", {});
    },
    async onConfigChange(ctx, before, after) {
      if (after.masquerade === before.masquerade) return;
      if (after.masquerade) return add(ctx);
      if (bridgeOf(ctx) === null) return;
      follower.remove(ctx.vm.id);
      // The journal's entry stays, and undoes what is gone already.
      await ctx.privileged("nat.remove", { vm: ctx.vm.id });
    },
    async cleanup({ vm }) {
      follower.remove(vm.id);
    },
    doctor: natDoctor,
  };
  return capability as Capability;
}

/** The bridge that the guest is on; elsewhere there is nothing to do, and the user is told. */
function bridgeOf({ vm, nics, emit }: Ctx<NatConfig>): string | null {
  const direct = directNic(nics);
  if (direct !== null) return direct.bridge;
  const why = nics.length === 0 ? "it has no network" : "its network reaches the outside in any case";
  emit({ type: "notice", level: "info", message: `NAT changes nothing for ${vm.name}: ${why}` });
  return null;
}
