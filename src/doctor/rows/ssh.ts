import { lstat } from "node:fs/promises";
import type { Finding } from "../../core/api/capability.ts";
import type { Facts } from "../deps.ts";
import { tilde } from "../folders.ts";

/** banger's own key for its guests. Commands reach a guest without it, so the row never fails. */
export async function ssh({ paths }: Pick<Facts, "paths">): Promise<Finding> {
  const row = "ssh";
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
  return { row, status: "pass", message: shown };
}
