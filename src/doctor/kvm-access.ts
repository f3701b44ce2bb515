import { constants } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import type { KvmAccess } from "./deps.ts";

/** Looks at the KVM device without opening it. The paths are parameters for tests' sake. */
export async function kvmAccess(device = "/dev/kvm", groups = "/etc/group"): Promise<KvmAccess> {
  const found = await stat(device).catch(() => null);
  if (found === null) return { exists: false, allowed: false, group: null };
  const allowed = await access(device, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  const groupMay = (found.mode & 0o060) === 0o060 && found.gid !== 0;
  return {
    exists: true,
    allowed,
    group: groupMay ? groupName(await readFile(groups, "utf8").catch(() => ""), found.gid) : null,
  };
}

/** Name of a group in the text of /etc/group, or null. */
function groupName(text: string, gid: number): string | null {
  const entry = text.split("\n").find((line) => line.split(":")[2] === String(gid));
  return entry?.split(":")[0] ?? null;
}
