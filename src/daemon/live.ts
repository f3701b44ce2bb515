import type { Nic } from "../core/api/contributions.ts";
import type { RunningVmm } from "../core/api/drivers.ts";
import { BangerError } from "../core/api/errors.ts";
import type { Guest } from "../core/api/guest.ts";
import type { Cast } from "../core/engine/boot.ts";
import { raceAbort } from "../core/engine/lock.ts";

/** How long a running guest's agent may take to answer a new session, in milliseconds. */
const sessionTimeoutMs = 10_000;
/** From the loss of a session to the try for another one, in milliseconds: a guest that goes down loses it too. */
const renewMs = 1000;

/** A running VM as this daemon holds it: its VMM, its cast and the session to its agent, renewed when it was lost. */
export class LiveVm {
  #guest: Guest | null = null;
  #connecting: Promise<Guest> | null = null;
  readonly #off = new AbortController();
  /** Called with every session that is opened; not with the one that it was made with. */
  onSession: (guest: Guest) => void = () => {};

  constructor(
    readonly running: RunningVmm,
    readonly nics: readonly Nic[],
    /** Changed by `vm set`. */
    public cast: Cast,
    private readonly connect: (signal: AbortSignal) => Promise<Guest>,
    guest: Guest | null,
  ) {
    if (guest !== null) this.#hold(guest);
  }

  /** Aborted when this daemon lets go of the VM. */
  get released(): AbortSignal {
    return this.#off.signal;
  }

  /** The boot id the agent told last, or null. */
  get bootId(): string | null {
    return this.#guest?.hello.bootId ?? null;
  }

  /** The session that there is, or null: for those who do not wait for one. */
  get session(): Guest | null {
    return this.#guest;
  }

  /** A session to the agent; throws GUEST_GONE when it does not answer in time. */
  async guest(signal?: AbortSignal): Promise<Guest> {
    if (this.#guest !== null) return this.#guest;
    this.#connecting ??= this.#open();
    return raceAbort(this.#connecting, signal);
  }

  /** Ends the session and the watch; the VMM runs on. */
  release(): void {
    this.#off.abort(new BangerError("GUEST_GONE", "the VM is no longer running"));
    this.#guest?.close();
  }

  async #open(): Promise<Guest> {
    const late = AbortSignal.timeout(sessionTimeoutMs);
    try {
      const guest = await this.connect(AbortSignal.any([this.#off.signal, late]));
      this.#hold(guest);
      this.onSession(guest);
      return guest;
    } catch (thrown) {
      if (!late.aborted) throw thrown;
      throw new BangerError("GUEST_GONE", `the guest's agent did not answer within ${sessionTimeoutMs / 1000} s`, {
        hint: "banger vm logs --console shows what the guest says; banger vm restart starts it afresh",
      });
    } finally {
      this.#connecting = null;
    }
  }

  #hold(guest: Guest): void {
    this.#guest = guest;
    void guest.closed.then(() => {
      if (this.#guest !== guest) return;
      this.#guest = null;
      this.#renewSoon();
    });
  }

  /** Who follows the guest through a session needs the next one, whether or not anybody asks for it. */
  #renewSoon(): void {
    if (this.#off.signal.aborted) return;
    const timer = setTimeout(() => void this.guest().catch(() => {}), renewMs).unref();
    this.#off.signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  }
}
