import { constants, open, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { BangerError } from "../../core/api/errors.ts";
import type { GuestFileInfo } from "../../core/api/guest.ts";
import type { Args } from "../command.ts";
import { vmPath } from "../client/paths.ts";
import type { Context } from "../context.ts";
import { resolve } from "./copy-in.ts";

type Ctx = Pick<Context<Args>, "daemon" | "io">;

/** Copies a file of a VM to one of the host, into a directory under its own name, or to stdout for `-`. */
export async function copyOut({ daemon, io }: Ctx, reference: string, from: string, to: string): Promise<void> {
  const query = new URLSearchParams({ path: from }).toString();
  const { headers, data, close } = await daemon.download(vmPath(reference, `/files?${query}`));
  try {
    if (to === "-") {
      for await (const chunk of data) await io.write(1, chunk);
      return;
    }
    const info = JSON.parse(headers.get("banger-file") ?? "{}") as Partial<GuestFileInfo>;
    const target = await targetOf(resolve(io.cwd, to), from);
    await writeAtomically(target, (info.mode ?? 0o644) & 0o777, data);
  } finally {
    close();
  }
}

async function targetOf(path: string, from: string): Promise<string> {
  const there = await stat(path).catch(() => null);
  if (there?.isDirectory() === true) return `${path}/${basename(from)}`;
  if (path.endsWith("/")) throw new BangerError("FILE_NOT_FOUND", `there is no directory ${path}`);
  return path;
}

/**
 * A temporary file beside the target, renamed over it when it is whole: a broken copy leaves the old file, and a link at the
 * target is replaced, not followed. Until then nobody else can read it.
 */
async function writeAtomically(target: string, mode: number, data: AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = `${dirname(target)}/.${basename(target).slice(0, 200)}.${crypto.randomUUID().slice(0, 8)}`;
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600).catch(
    (cause: NodeJS.ErrnoException) => {
      throw new BangerError("FILE_NOT_FOUND", `${target} cannot be written (${cause.code})`, { cause });
    },
  );
  try {
    try {
      for await (const chunk of data) await file.writeFile(chunk);
      await file.chmod(mode);
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}
