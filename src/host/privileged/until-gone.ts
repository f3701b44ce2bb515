import { BangerError } from "../../core/api/errors.ts";

/** How long what is still in use is waited for, in milliseconds: udev looks at a new device for some tens of them. */
const patienceMs = 10_000;
const firstPauseMs = 2;
const longestPauseMs = 100;

/** Tries again while somebody else still has the thing open, which the kernel tells nobody. Throws UNDO_FAILED when the patience ends. */
export async function untilGone(what: string, attempt: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (let pause = firstPauseMs; !(await attempt()); pause = Math.min(pause * 2, longestPauseMs)) {
    if (performance.now() + pause > deadline) throw new BangerError("UNDO_FAILED", `${what} is still in use`);
    await Bun.sleep(pause);
  }
}
