import { closeSync, constants, fstatSync, ftruncateSync, openSync, rmSync } from "node:fs";
import { BangerError } from "../core/api/errors.ts";
import type { RunOptions, RunResult } from "../core/api/host.ts";
import type { Blank } from "./blank-ext4.ts";
import type { Argv } from "./run.ts";

type Run = (argv: Argv, options?: RunOptions) => Promise<RunResult>;

/** Nothing is written that the file system's own growth would not write: a 10 GiB disk takes 10 ms and a few hundred KiB. */
export const lazy = ["lazy_itable_init=1", "lazy_journal_init=1", "nodiscard"];
/** A new sparse file reads as zeros, which saves the guest the zeroing of inode tables; mke2fs knows this since 1.47. */
export const prezeroed = "assume_storage_prezeroed=1";

/** The UUID may change without everything else: see writeBlank. */
const features = "metadata_csum,metadata_csum_seed";
/** Sizes whose file systems are remembered. */
const mostSizes = 8;

/** Up to here a file system grows within what is reserved for it, in bytes; beyond it in another way. mke2fs would write 4 MiB for it. */
const reservedFor = 2 ** 40;

/**
 * Pure. A journal of 64 MiB, sparse too: with a much smaller one the kernel cannot grow a mounted file system. A small file system has
 * no room for it, and gets the one that mke2fs chooses.
 */
export function mke2fsArgv(path: string, sizeBytes: number, extended: readonly string[]): Argv {
  const small = sizeBytes < 2 ** 30;
  const journal = small ? [] : ["-J", "size=64"];
  const reserve = small || sizeBytes >= reservedFor ? [] : [`resize=${reservedFor / 4096}`];
  return [
    "mke2fs",
    "-q",
    "-F",
    "-t",
    "ext4",
    "-O",
    features,
    "-E",
    [...extended, ...reserve].join(","),
    ...journal,
    path,
  ];
}

/** Makes file systems: mke2fs the first one of each size, which the next ones of that size are written like, in a few milliseconds. */
export class Ext4Maker {
  readonly #blanks = new Map<number, Promise<Blank | null>>();

  constructor(private readonly run: Run) {}

  /** See Host.createExt4. Mode 0600; removed again when it fails. */
  async create(path: string, sizeBytes: number): Promise<void> {
    const known = this.#blanks.get(sizeBytes);
    // No await otherwise: of several at once, one is to make it.
    const blank = known === undefined ? null : await known;
    const fd = makeSparse(path, sizeBytes);
    try {
      if (blank !== null) (await import("./blank-ext4.ts")).writeBlank(fd, blank);
      else await this.#make(path, sizeBytes);
    } catch (error) {
      rmSync(path, { force: true });
      throw isFull(error)
        ? new BangerError("DISK_FULL", `there is no room for ${path}`, {
            cause: error,
            hint: "make room there and try again",
          })
        : error;
    } finally {
      closeSync(fd);
    }
  }

  async #make(path: string, sizeBytes: number): Promise<void> {
    const made = this.#mke2fs(path, sizeBytes);
    // Whoever wants one of this size meanwhile waits for what comes of it.
    const blank = made
      .then(async () => (await import("./blank-ext4.ts")).readBlank(path))
      .catch(() => {
        this.#blanks.delete(sizeBytes);
        return null;
      });
    this.#blanks.set(sizeBytes, blank);
    const [oldest] = this.#blanks.keys();
    if (this.#blanks.size > mostSizes) this.#blanks.delete(oldest!);
    await made;
    // Before anybody can write to it.
    await blank;
  }

  async #mke2fs(path: string, sizeBytes: number): Promise<void> {
    await this.run(mke2fsArgv(path, sizeBytes, [...lazy, prezeroed])).catch(async (error: unknown) => {
      if (
        !(
          error instanceof BangerError &&
          error.detail.some((line) => line.includes("assume_storage_prezeroed:") || /Bad option/.test(line))
        )
      )
        throw error;
      await this.run(mke2fsArgv(path, sizeBytes, lazy));
    });
  }
}

function isFull(error: unknown): boolean {
  if (error instanceof BangerError) return error.detail.some((line) => line.includes("No space left on device"));
  return ["ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException).code ?? "");
}

/** Its descriptor. */
function makeSparse(path: string, sizeBytes: number): number {
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
    return fd;
  } catch (error) {
    closeSync(fd);
    rmSync(path, { force: true });
    throw error;
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
