const own = [
  // The only place where a kernel that dies can say why.
  "console=ttyS0",
  "quiet",
  // Firecracker ends when the guest resets its keyboard controller.
  "reboot=k",
  // A kernel that panics ends the VM at once.
  "panic=-1",
  "pci=off",
  // There is a controller but neither keyboard nor mouse: not looking for them, and no crypto self-tests, save a sixth of the boot.
  "i8042.noaux",
  "i8042.nomux",
  "i8042.dumbkbd",
  "cryptomgr.notests",
];

/** The kernel's command line: the driver's arguments, then the contributors'. Pure. */
export function kernelCommandLine(contributed: readonly string[]): string {
  return [...own, ...contributed].join(" ");
}
