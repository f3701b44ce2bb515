import type { Finding } from "../../../core/api/capability.ts";
import type { Host } from "../../../core/api/host.ts";

const row = "storage";

/** Programs that the owner or root runs for it; loop devices are asked of the kernel directly. */
const programs = ["dmsetup", "e2fsck"];

export async function dmSnapshotDoctor(host: Host): Promise<readonly Finding[]> {
  const found = await Promise.all(programs.map(async (name) => ({ name, path: await host.which(name) })));
  const missing = found.filter(({ path }) => path === null).map(({ name }) => name);
  if (missing.length > 0) {
    const packages =
      "apt install dmsetup e2fsprogs · dnf install device-mapper e2fsprogs · pacman -S device-mapper e2fsprogs";
    const message = `dm-snapshot needs ${missing.join(" and ")}, not found on PATH`;
    return [{ row, status: "fail", message, detail: [packages] }];
  }
  if (!(await hasModule(host))) {
    const detail = [
      "the module dm-snapshot is part of the distribution's kernel package; --storage overlay does without",
    ];
    return [{ row, status: "fail", message: "this kernel has no dm-snapshot", detail }];
  }
  return [{ row, status: "pass", message: "dm-snapshot: as root, or through the root helper" }];
}

/** Whether the kernel has it built in, loaded, or could load it. Loads nothing. */
async function hasModule(host: Host): Promise<boolean> {
  if ((await host.which("modprobe")) === null) return true;
  const { code } = await host.run(["modprobe", "-n", "-q", "dm-snapshot"], { okCodes: [0, 1] });
  return code === 0;
}
