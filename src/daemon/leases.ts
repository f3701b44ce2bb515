import type { VmRecord } from "../core/model/vm.ts";
import type { Log } from "./operations.ts";
import type { Vms } from "./vms.ts";

/** VMs that live no longer than a client's connection (`--rm`). */
export class Leases {
  readonly #held = new Set<Promise<void>>();

  constructor(
    private readonly vms: Vms,
    private readonly log: Log,
  ) {}

  get count(): number {
    return this.#held.size;
  }

  /** Resolves when the client is gone and the VM with it. */
  async hold(vm: VmRecord, gone: AbortSignal): Promise<void> {
    const held = this.#end(vm, gone);
    this.#held.add(held);
    await held;
    this.#held.delete(held);
  }

  /** Resolves when every lease that is held now has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#held);
  }

  async #end(vm: VmRecord, gone: AbortSignal): Promise<void> {
    if (!gone.aborted) await new Promise((resolve) => gone.addEventListener("abort", resolve, { once: true }));
    try {
      await this.vms.remove(vm.id, { signal: new AbortController().signal, emit: () => {} });
    } catch (thrown) {
      this.log("error", `cannot delete ${vm.name}, whose client is gone`, { error: String(thrown) });
    }
  }
}
