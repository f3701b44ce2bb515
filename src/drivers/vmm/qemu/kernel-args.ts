import type { QemuSetup } from "./argv.ts";

// Ratios are QEMU's CPU time from its start to the agent's first answer without the argument to that with it: emulated, 1 vcpu,
// medians of 10 in turn. What has none makes less than 2 %.

const always = [
  // The only place where a kernel that dies can say why; costs nothing as long as it is quiet (1.06).
  "console=ttyS0",
  "quiet",
  // microvm ends by a triple fault; it has no keyboard controller, and looking for one takes half a minute.
  "reboot=t",
  // A kernel that panics ends the VM at once.
  "panic=-1",
  "pci=off",
  // The crypto self-tests (1.19).
  "cryptomgr.notests",
];

const emulated = [
  // The check of the timer compares it with a counter that the host may stop for a while.
  "no_timer_check",
  // So does the clock's watchdog: on a busy host it takes the counter away and leaves ticks of 4 ms (1 boot in 17).
  "tsc=reliable",
  // They cost time (1.02), and an emulated CPU does not speculate.
  "mitigations=off",
];

/** The kernel's command line: the driver's arguments, then the contributors'. Pure. */
export function kernelCommandLine(
  contributed: readonly string[],
  { accel, tscKhz }: Pick<QemuSetup, "accel" | "tscKhz">,
): string {
  // Calibrating against an emulated timer fails at random and then hangs: in 3 to 11 of 20 boots.
  const tsc = accel === "tcg" && tscKhz !== null ? [`tsc_early_khz=${tscKhz}`] : [];
  return [...always, ...(accel === "tcg" ? emulated : []), ...tsc, ...contributed].join(" ");
}
