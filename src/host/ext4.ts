import { closeSync, constants, fstatSync, ftruncateSync, openSync, rmSync } from "node:fs";
import { BangerError } from "../core/api/errors.ts";
import type { RunOptions, RunResult } from "../core/api/host.ts";
import type { Argv } from "./run.ts";

type Run = (argv: Argv, options?: RunOptions) => Promise<RunResult>;

/** Nothing is written that the file system's own growth would not write: a 10 GiB disk takes 10 ms and a few hundred KiB. */
const lazy = ["lazy_itable_init=1", "lazy_journal_init=1", "nodiscard"];
/** A new sparse file reads as zeros, which saves the guest the zeroing of inode tables; mke2fs knows this since 1.47. */
const prezeroed = "assume_storage_prezeroed=1";

/**
 * Pure. A journal of 64 MiB, sparse too: with a much smaller one the kernel cannot grow a mounted file system. A small file system has
 * no room for it, and gets the one that mke2fs chooses.
 */
export function mke2fsArgv(path: string, sizeBytes: number, extended: readonly string[]): Argv {
  const journal = sizeBytes < 2 ** 30 ? [] : ["-J", "size=64"];
  return ["mke2fs", "-q", "-F", "-t", "ext4", "-E", extended.join(","), ...journal, path];
}

/** See Host.createExt4. Mode 0600; removed again when mke2fs fails. */
export async function createExt4(run: Run, path: string, sizeBytes: number): Promise<void> {
  makeSparse(path, sizeBytes);
  try {
    await run(mke2fsArgv(path, sizeBytes, [...lazy, prezeroed])).catch(async (error: unknown) => {
      if (
        !(
          error instanceof BangerError &&
          error.detail.some((line) => line.includes("assume_storage_prezeroed:") || /Bad option/.test(line))
        )
      )
        throw error;
      await run(mke2fsArgv(path, sizeBytes, lazy));
    });
  } catch (error) {
    rmSync(path, { force: true });
    throw isFull(error)
      ? new BangerError("DISK_FULL", `there is no room for ${path}`, {
          cause: error,
          hint: "make room there and try again",
        })
      : error;
  }
}

function isFull(error: unknown): boolean {
  return error instanceof BangerError && error.detail.some((line) => line.includes("No space left on device"));
}

function makeSparse(path: string, sizeBytes: number): void {
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  let fd: number;
  try {
    fd = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    throw new BangerError("FILE_EXISTS", `${path} exists already`, { cause });
  }
  try {
    ftruncateSync(fd, sizeBytes);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** See Host.growFile. */
export function growFile(path: string, sizeBytes: number): void {
  const fd = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    if (sizeBytes > fstatSync(fd).size) ftruncateSync(fd, sizeBytes);
  } finally {
    closeSync(fd);
  }
}
