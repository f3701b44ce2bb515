import { watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { ChannelAddress } from "../core/api/drivers.ts";
import { BangerError } from "../core/api/errors.ts";
import { UnixStream } from "../host/unix-stream.ts";
import { cancelled } from "./exchange.ts";

/**
 * No event tells when a socket that exists begins to listen, or a guest behind vsock: ms until the next try, by how long it has been. Each
 * try takes time from the guest itself, and what waiting adds stays small against what it has taken already.
 */
const retryMs = (began: number): number => Math.min(Math.max((performance.now() - began) / 20, 1), 50);
const maxAnswerBytes = 64;

/** A connection to the guest's end of a channel, and what of its bytes was read already. */
export interface Reached {
  readonly stream: UnixStream;
  readonly chunks: AsyncIterator<Uint8Array>;
  readonly first: Uint8Array;
}

/** Connects to the VMM's socket, waiting until it is there. Only the signal ends the waiting (CANCELLED). */
export async function reach(address: ChannelAddress, signal?: AbortSignal): Promise<Reached> {
  let began: number | undefined;
  for (;;) {
    const stream = await connectWhenThere(address.path, signal);
    const chunks = stream.read()[Symbol.asyncIterator]();
    if (address.kind === "unix") return { stream, chunks, first: new Uint8Array() };
    const abort = (): void => stream.close();
    signal?.addEventListener("abort", abort, { once: true });
    const first = await dialVsock(stream, chunks, address.port).finally(() =>
      signal?.removeEventListener("abort", abort),
    );
    if (first !== null) return { stream, chunks, first };
    stream.close();
    // The first no comes when the guest has its vsock: its agent is not far.
    began ??= performance.now();
    await pause(retryMs(began), signal);
  }
}

/** Firecracker's `CONNECT port\n`, `OK n\n`: the bytes after the answer, or null while no guest listens. */
async function dialVsock(
  stream: UnixStream,
  chunks: AsyncIterator<Uint8Array>,
  port: number,
): Promise<Uint8Array | null> {
  let answer = Buffer.alloc(0);
  try {
    await stream.write(Buffer.from(`CONNECT ${port}\n`));
    for (;;) {
      const next = await chunks.next();
      if (next.done === true) return null;
      answer = Buffer.concat([answer, next.value]);
      const end = answer.indexOf("\n");
      if (end < 0 && answer.length > maxAnswerBytes) break;
      if (end < 0) continue;
      if (!/^OK \d+$/.test(answer.subarray(0, end).toString("latin1"))) break;
      return answer.subarray(end + 1);
    }
  } catch {
    return null;
  }
  throw new BangerError("VMM_FAILED", "the VMM's vsock socket gave a strange answer");
}

async function connectWhenThere(path: string, signal: AbortSignal | undefined): Promise<UnixStream> {
  if (Buffer.byteLength(path) > 107) throw new BangerError("SOCKET_PATH", `the path ${path} is longer than 107 bytes`);
  const first = await tryConnect(path, signal);
  if (first instanceof UnixStream) return first;
  let changed = Promise.withResolvers<void>();
  const watcher = watchFolder(path, (name) => {
    if (name === null || name === basename(path)) changed.resolve();
  });
  const abort = (): void => changed.resolve();
  signal?.addEventListener("abort", abort);
  watcher.on("error", abort);
  const began = performance.now();
  try {
    for (;;) {
      // Renewed before the attempt, so that what happens meanwhile is not missed.
      changed = Promise.withResolvers<void>();
      const result = await tryConnect(path, signal);
      if (result instanceof UnixStream) return result;
      if (result === "ENOENT") await changed.promise;
      else await Promise.race([changed.promise, pause(retryMs(began), signal)]);
    }
  } finally {
    watcher.close();
    signal?.removeEventListener("abort", abort);
  }
}

/** Runtime directories are swept: at a logout, or when /tmp is. */
function watchFolder(path: string, changed: (name: string | null) => void): ReturnType<typeof watch> {
  try {
    return watch(dirname(path), (_, name) => changed(name));
  } catch (cause) {
    throw new BangerError("GUEST_GONE", `the way to the guest's agent is gone: ${path}`, {
      hint: "banger vm restart makes it anew",
      cause,
    });
  }
}

async function tryConnect(path: string, signal: AbortSignal | undefined): Promise<UnixStream | string> {
  if (isOver(signal)) throw cancelled(signal);
  try {
    const stream = await UnixStream.connect(path);
    if (!isOver(signal)) return stream;
    // A virtio-serial socket serves one connection at a time: one that nobody uses would keep everybody else waiting.
    stream.close();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ECONNREFUSED") return code;
    throw new BangerError("VMM_FAILED", `cannot connect to the guest's channel ${path}: ${code}`, { cause: error });
  }
  throw cancelled(signal);
}

/** Asked anew each time: what was not aborted before an await may be after it. */
function isOver(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const abort = (): void => resolve();
  signal?.addEventListener("abort", abort);
  await promise;
  signal?.removeEventListener("abort", abort);
  clearTimeout(timer);
}
