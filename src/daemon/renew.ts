import type { ContextDeps } from "../core/engine/context.ts";
import type { Casts } from "./casts.ts";
import type { Log } from "./operations.ts";
import { takeOver } from "./participation.ts";
import type { Vms } from "./vms.ts";

export interface RenewDeps {
  readonly vms: Vms;
  readonly casts: Casts;
  readonly contexts: ContextDeps;
  readonly log: Log;
}

/** Has every VM that runs be looked after by those who are there now, who may be others than at its start. */
export async function recast({ vms, casts, log }: RenewDeps): Promise<void> {
  for (const vm of vms.list()) {
    const live = vms.live(vm.id);
    if (live === null) continue;
    try {
      live.cast = await casts.of(vm.spec, { vmmKey: live.cast.vmm.key, begun: true });
    } catch (thrown) {
      log("warn", `${vm.name} keeps the cast that it has`, { error: String(thrown) });
    }
  }
}

/** What a participant held in memory for VMs that run is gone, or it is new to them: it is told of each of them. */
export async function renew({ vms, contexts, log }: RenewDeps, key: string): Promise<void> {
  for (const vm of vms.list()) {
    const live = vms.live(vm.id);
    const parts = live?.cast.parts.filter((part) => part.key === key) ?? [];
    if (live === null || parts.length === 0) continue;
    try {
      const guest = await live.guest(live.released).catch(() => null);
      const about = await vms.about(vm, live, guest, live.released);
      for (const { error } of await takeOver(contexts, { ...live.cast, parts }, about)) throw error;
    } catch (thrown) {
      log("warn", `${key} cannot take over ${vm.name}`, { error: String(thrown) });
    }
  }
}
