import { constants, open } from "node:fs/promises";
import { basename } from "node:path";
import { BangerError } from "../../core/api/errors.ts";
import type { VmInfo } from "../../rpc/protocol.ts";
import type { Args } from "../command.ts";
import { vmPath } from "../client/paths.ts";
import type { Context } from "../context.ts";

type Ctx = Pick<Context<Args>, "daemon" | "io">;

/** Copies a file of the host, or stdin for `-`, to a path in a VM; one that ends with a slash is the directory to put it in. */
export async function copyIn({ daemon, io }: Ctx, from: string, reference: string, to: string): Promise<void> {
  const source =
    from === "-"
      ? { mode: 0o644, data: io.input(), close: async () => {} }
      : await openSource(resolve(io.cwd, from), from);
  try {
    if (to.endsWith("/") && from === "-")
      throw new BangerError("USAGE", `${to} names no file`, { hint: "stdin has no name to give it" });
    const path = to.endsWith("/") ? `${to}${basename(from)}` : to;
    // Also wakes the daemon: bytes can be sent only once.
    const { id } = await daemon.request<VmInfo>("GET", vmPath(reference));
    const query = new URLSearchParams({ path, mode: String(source.mode), uid: "0", gid: "0" });
    await daemon.upload(vmPath(id, `/files?${query.toString()}`), source.data);
  } finally {
    await source.close();
  }
}

async function openSource(
  path: string,
  shown: string,
): Promise<{ mode: number; data: AsyncIterable<Uint8Array>; close(): Promise<void> }> {
  let file;
  try {
    // Without O_NONBLOCK a named pipe would hold the command up.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR")
      throw new BangerError("FILE_NOT_FOUND", `there is no file ${shown}`, { cause });
    throw new BangerError("FILE_NOT_FOUND", `${shown} cannot be opened (${code})`, { cause });
  }
  const stat = await file.stat();
  if (!stat.isFile()) {
    await file.close();
    if (stat.isDirectory()) throw directory(shown);
    throw new BangerError("USAGE", `${shown} is not a regular file`, {
      hint: "pipe it in: banger vm cp - NAME:/path < it",
    });
  }
  return { mode: stat.mode & 0o777, data: chunksOf(file), close: () => file.close() };
}

async function* chunksOf(file: Awaited<ReturnType<typeof open>>): AsyncGenerator<Uint8Array, void, void> {
  const buffer = new Uint8Array(1 << 18);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

/** What vm cp says of a directory. */
export function directory(shown: string): BangerError {
  return new BangerError("USAGE", `${shown} is a directory: vm cp copies single files`, {
    hint: "tar c DIR | banger vm exec NAME -- tar x -C /srv",
  });
}

export function resolve(cwd: string, path: string): string {
  return path.startsWith("/") ? path : `${cwd}/${path}`;
}
