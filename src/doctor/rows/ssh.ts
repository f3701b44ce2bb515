import { lstat } from "node:fs/promises";
import type { Finding } from "../../core/api/capability.ts";
import { publicHalf } from "../../ssh/key.ts";
import type { Facts } from "../deps.ts";
import { describeError } from "../errors.ts";
import { folderObstacle, tilde } from "../folders.ts";

/** banger's own key for its guests. Commands reach a guest without it, but the daemon makes it, so it must be able to. */
export async function ssh({ paths }: Pick<Facts, "paths">): Promise<Finding> {
  const row = "ssh";
  const obstacle = await folderObstacle(paths.sshDir, { owner: paths.service?.uid });
  if (obstacle !== null) {
    return { row, status: "fail", message: `${tilde(paths.sshDir, paths.home)} cannot be used`, detail: obstacle };
  }
  const path = `${paths.sshDir}/id_ed25519`;
  const shown = tilde(path, paths.home);
  const [key, publicKey] = await Promise.all([path, `${path}.pub`].map((file) => lstat(file).catch(() => null)));
  if (!key && !publicKey) return { row, status: "pass", message: `the key will be made at ${shown}` };
  if (!key) {
    return { row, status: "warn", message: `${shown} is gone, its public half is not`, fix: ["rm", `${path}.pub`] };
  }
  if ((key.mode & 0o077) !== 0) {
    return {
      row,
      status: "warn",
      message: `${shown} is open to others: ssh will not use it`,
      fix: ["chmod", "600", path],
    };
  }
  try {
    if (!publicKey) await publicHalf(path);
    return { row, status: "pass", message: shown };
  } catch (error) {
    return { row, status: "fail", message: describeError(error) };
  }
}
