import { lstat, mkdir } from "node:fs/promises";
import { BangerError } from "../core/api/errors.ts";
import { acceptPrivate } from "./private-stat.ts";

export interface PrivateDirOptions {
  /** Refuse a directory that others may even read: for sockets. */
  readonly exact?: boolean;
  /** Whose it must be; default ours. */
  readonly owner?: number | undefined;
}

/**
 * Makes a directory and its parents with mode 0700. One that is there must be a real directory of ours that nobody else can write to; its
 * mode is never changed, because what others did before would stay.
 * @throws BangerError STATE_UNUSABLE, DISK_FULL
 */
export async function ensurePrivateDir(path: string, options: PrivateDirOptions = {}): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EDQUOT")
      throw new BangerError("DISK_FULL", `there is no room to make ${path}`, { cause });
    // What stands at the path itself is told below.
    if (code !== "EEXIST")
      throw new BangerError("STATE_UNUSABLE", `${path} cannot be made (${code})`, {
        cause,
        hint: "check who owns the folders above it",
      });
  }
  await checkPrivateDir(path, options);
}

/** Looks at a directory that exists as ensurePrivateDir would. @throws BangerError STATE_UNUSABLE */
export async function checkPrivateDir(path: string, { exact = false, owner }: PrivateDirOptions = {}): Promise<void> {
  acceptPrivate(path, await lstat(path), exact, owner);
}
