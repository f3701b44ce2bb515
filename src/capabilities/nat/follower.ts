import type { Ctx } from "../../core/api/participant.ts";

/** How long changes are waited for to settle, in milliseconds: one command of an administrator makes many. */
const settleMs = 200;

/**
 * Follows the host's default routes, and what other firewalls do with them, while VMs with NAT run: whatever changes interfaces or
 * routes, the rules are looked at again.
 */
export class Follower {
  readonly #vms = new Set<string>();
  #watch: AbortController | null = null;

  async add(vmId: string, { host, privileged }: Pick<Ctx, "host" | "privileged">): Promise<void> {
    this.#vms.add(vmId);
    if (this.#watch !== null) return;
    const watch = new AbortController();
    this.#watch = watch;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let looking: Promise<unknown> = Promise.resolve();
    const look = async (): Promise<void> => {
      // One at a time, and one more for all that changes meanwhile: starts and stops wait behind it.
      await looking;
      timer = undefined;
      // What fails now (a device that is gone again) is tried again with the next change.
      if (!watch.signal.aborted) looking = privileged("nat.follow", {}).catch(() => {});
    };
    const onChange = (): void => {
      timer ??= setTimeout(() => void look(), settleMs);
      timer.unref?.();
    };
    await host.watchRoutes(onChange, watch.signal);
  }

  remove(vmId: string): void {
    this.#vms.delete(vmId);
    if (this.#vms.size > 0) return;
    this.#watch?.abort();
    this.#watch = null;
  }
}
