import { BangerError } from "../core/api/errors.ts";

/** A moment of a process's work: `record` of `vmm/qemu.kill`, `before` `tap.create`. */
export type Passing = (at: string, step: string | undefined) => void;

/**
 * Where `BANGER_CRASH_AT` makes this process send itself a signal, so that recovery can be tried at every step: `AT:STEP:N`, the N-th
 * time (from 1) that it passes there. The signal is KILL, or the one behind a fourth colon: `AT:STEP:N:STOP` stops the process, for
 * something else to be done at that moment. Throws USAGE for a text that names no step.
 * @param moments what AT may be
 * @param send default: to this very process
 * @returns what is to be told of every moment; null for no text
 */
export function crashPoint(
  text: string | undefined,
  moments: readonly string[],
  send: (signal: NodeJS.Signals) => void = (signal) => void process.kill(process.pid, signal),
): Passing | null {
  if (text === undefined || text === "") return null;
  const [at, step, count, signal = "KILL", ...more] = text.split(":");
  let left = /^[1-9]\d{0,5}$/.test(count ?? "") ? Number(count) : 0;
  const known = moments.includes(at!) && /^[\w/-]+\.[\w-]+$/.test(step ?? "") && /^(KILL|STOP)$/.test(signal);
  if (!known || left === 0 || more.length > 0) throw new BangerError("USAGE", `BANGER_CRASH_AT=${text} names no step`);
  return (...passing) => {
    if (passing[0] === at && passing[1] === step && --left === 0) send(`SIG${signal}` as NodeJS.Signals);
  };
}
