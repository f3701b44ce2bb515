import type { Lab } from "./lab.ts";

/** Jails, private disks of the device-mapper and the bridge that every install has: the tests' jailer has a known escape. */
const config = `
[storage]
driver = "dm-snapshot"
[vmm]
driver = "firecracker"
[vmm.firecracker]
jail = "always"
allow_vulnerable_jailer = true
`;

/** What an install for `u` will find: a configuration that takes every privilege there is, and images. */
export async function configureForInstall(lab: Lab): Promise<void> {
  await lab.ok(["install", "-d", "-o", "u", "-g", "u", "-m", "700", "/home/u/.config", "/home/u/.config/banger"]);
  await lab.put("/home/u/.config/banger/config.toml", config, { mode: "600", owner: "u" });
  await lab.images("/var/lib/banger", "u");
}
