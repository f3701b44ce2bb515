import { BangerError } from "../core/api/errors.ts";
import type { Emit, OperationEvent } from "../core/api/events.ts";
import type { Json } from "../core/api/json.ts";
import type { Paths } from "../core/model/paths.ts";
import { trustSocketDir } from "../host/socket-dir.ts";
import { type ByteStream, UnixStream } from "../host/unix-stream.ts";
import { HttpReader, type ResponseHead } from "./http-reader.ts";
import { operationHeader, versionHeader } from "./protocol.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
export type UpgradeProtocol = "banger-exec" | "banger-dial";

export interface ClientOptions {
  /** Whose daemon it is; default this process's user. Root may ask somebody else's. */
  readonly owner?: number | undefined;
  /** Refuse a daemon of another version with DAEMON_VERSION. */
  readonly version?: string;
}

export interface EventsOptions {
  readonly onEvent: Emit;
  /** Called with the operation's id as soon as the daemon has accepted it. */
  readonly onOperation?: (id: string) => void;
  /** Aborting cancels the operation; `events` then rejects with what the daemon says of it, once that is undone. */
  readonly signal?: AbortSignal;
}

export interface OperationResult<T> {
  readonly value: T;
  /** Closes the response: ends the lease of a request that took one, means nothing otherwise. Idempotent. */
  release(): void;
}

export interface Download {
  readonly headers: ReadonlyMap<string, string>;
  /** Throws DAEMON_GONE when the daemon ends it early. */
  readonly data: AsyncIterable<Uint8Array>;
  close(): void;
}

type Body = Uint8Array | AsyncIterable<Uint8Array> | undefined;

/** An answer whose head is read and is no error. */
interface Answer {
  readonly head: ResponseHead;
  readonly body: AsyncIterable<Uint8Array>;
  /** What follows the head of an upgrade. */
  readonly rest: AsyncIterable<Uint8Array>;
  readonly stream: UnixStream;
}

/**
 * The daemon's API from the outside; one connection a request. Paths are those of protocol.ts, their parts already encoded.
 * Every method throws the daemon's own errors as BangerErrors, DAEMON_UNREACHABLE where no request was sent, DAEMON_GONE where the
 * daemon went away before the whole answer was there, and CANCELLED when its signal, which closes the connection, is why.
 */
export class DaemonClient {
  constructor(
    readonly socketPath: string,
    readonly options: ClientOptions = {},
  ) {}

  /** The daemon of these paths: one's own, or the installed one. */
  static at({ socket, service }: Pick<Paths, "socket" | "service">, options: ClientOptions = {}): DaemonClient {
    return new DaemonClient(socket, { owner: service?.uid, ...options });
  }

  /** JSON in, JSON out. */
  async request<T = Json>(method: Method, path: string, body?: object, signal?: AbortSignal): Promise<T> {
    return jsonOf<T>(await this.#send(method, path, { body: encode(body), signal }));
  }

  /** Long work: progress goes to `onEvent`; resolves with the operation's result. Its signal cancels, see EventsOptions. */
  async events<T = Json>(
    method: Method,
    path: string,
    body: object | undefined,
    options: EventsOptions,
  ): Promise<OperationResult<T>> {
    const { head, body: lines, stream } = await this.#send(method, path, { body: encode(body) });
    const release = (): void => stream.close();
    const id = head.headers.get(operationHeader) ?? "";
    options.onOperation?.(id);
    const cancel = (): void => {
      this.request("POST", `/v1/operations/${id}/cancel`).catch(release);
    };
    options.signal?.addEventListener("abort", cancel, { once: true });
    if (options.signal?.aborted === true) cancel();
    try {
      const events = eventsIn(lines);
      const value = (await resultOf(events, options.onEvent)) as T;
      // The daemon ends the response, at once or when it ends itself.
      events.next().then(release, release);
      return { value, release };
    } catch (error) {
      release();
      throw error;
    } finally {
      options.signal?.removeEventListener("abort", cancel);
    }
  }

  /** Turns a request's connection into a stream of bytes. */
  async upgrade(path: string, protocol: UpgradeProtocol, signal?: AbortSignal): Promise<ByteStream> {
    const { head, rest, stream } = await this.#send("POST", path, { upgrade: protocol, signal });
    if (head.status !== 101) {
      stream.close();
      throw new BangerError("INTERNAL", `the daemon did not upgrade ${path}`);
    }
    return {
      read: () => rest,
      write: (data) => stream.write(data),
      end: () => stream.end(),
      close: () => stream.close(),
    };
  }

  /** An answer of bytes: a file, a log that is followed. */
  async download(path: string, signal?: AbortSignal): Promise<Download> {
    const { head, body, stream } = await this.#send("GET", path, { signal });
    return { headers: head.headers, data: closing(body, stream), close: () => stream.close() };
  }

  /** A request of bytes; resolves with the JSON answer. An error of `data` is thrown as it is. */
  async upload<T = Json>(path: string, data: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<T> {
    return jsonOf<T>(await this.#send("PUT", path, { body: data, signal }));
  }

  async #send(method: Method, path: string, { body, upgrade, signal }: RequestOptions): Promise<Answer> {
    const { version } = this.options;
    const head =
      requestLine(method, path) +
      (upgrade === undefined ? "connection: close\r\n" : `connection: upgrade\r\nupgrade: ${upgrade}\r\n`) +
      (version === undefined ? "" : `${versionHeader}: ${version}\r\n`);
    if (signal?.aborted === true) throw cancelled(signal);
    const stream = await connect(this.socketPath, this.options.owner);
    signal?.addEventListener("abort", () => stream.close(), { once: true });
    // An error may be answered before the whole body is sent: read while writing.
    let failure: unknown;
    sendRequest(stream, head, body).catch((error: unknown) => {
      failure = error;
      stream.close();
    });
    const explain = (error: unknown): unknown => {
      if (signal?.aborted === true) return cancelled(signal);
      return failure === undefined || isBroken(failure) ? gone(error) : failure;
    };
    const reader = new HttpReader(stream.read());
    try {
      const response = await reader.head();
      const answer = guarded(reader.body(response), explain);
      if (response.status >= 400) throw errorOf(response.status, await text(answer));
      return { head: response, body: answer, rest: guarded(reader.rest(), explain), stream };
    } catch (error) {
      stream.close();
      throw error instanceof BangerError ? error : explain(error);
    }
  }
}

interface RequestOptions {
  readonly body?: Body;
  readonly upgrade?: UpgradeProtocol;
  readonly signal?: AbortSignal | undefined;
}

function requestLine(method: Method, path: string): string {
  if (/[^\x21-\x7e]/.test(path)) throw new BangerError("INTERNAL", `unencoded request path ${JSON.stringify(path)}`);
  return `${method} ${path} HTTP/1.1\r\nhost: banger\r\n`;
}

async function connect(path: string, owner: number | undefined): Promise<UnixStream> {
  if (Buffer.byteLength(path) > 107) {
    throw new BangerError("SOCKET_PATH", `the daemon's socket path ${path} is longer than 107 bytes`, {
      hint: "set XDG_RUNTIME_DIR to a shorter directory",
    });
  }
  const [trusted, connected] = await Promise.allSettled([
    trustSocketDir(path.slice(0, path.lastIndexOf("/")) || "/", owner),
    UnixStream.connect(path),
  ]);
  // What listens in a folder of somebody else's (/tmp/banger-UID) would be told all that a command sends: so far it was told nothing.
  if (trusted.status === "rejected") {
    if (connected.status === "fulfilled") connected.value.close();
    throw trusted.reason;
  }
  if (connected.status === "fulfilled") return connected.value;
  const { code } = connected.reason as NodeJS.ErrnoException;
  const why = code === "ENOENT" || code === "ECONNREFUSED" ? "no daemon is running" : `cannot connect: ${code}`;
  throw new BangerError("DAEMON_UNREACHABLE", `${why} (${path})`, { cause: connected.reason });
}

async function sendRequest(stream: UnixStream, head: string, body: Body): Promise<void> {
  if (body === undefined) return stream.write(Buffer.from(`${head}content-length: 0\r\n\r\n`));
  if (body instanceof Uint8Array) {
    const type = "content-type: application/json\r\n";
    return stream.write(Buffer.concat([Buffer.from(`${head}${type}content-length: ${body.length}\r\n\r\n`), body]));
  }
  const type = "content-type: application/octet-stream\r\n";
  await stream.write(Buffer.from(`${head}${type}transfer-encoding: chunked\r\n\r\n`));
  for await (const chunk of body) {
    if (chunk.length === 0) continue;
    await stream.write(Buffer.from(`${chunk.length.toString(16)}\r\n`));
    await stream.write(chunk);
    await stream.write(Buffer.from("\r\n"));
  }
  await stream.write(Buffer.from("0\r\n\r\n"));
}

function encode(body: object | undefined): Uint8Array | undefined {
  return body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(body));
}

async function text(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

async function jsonOf<T>({ body, stream }: Answer): Promise<T> {
  return JSON.parse(await text(closing(body, stream))) as T;
}

/** The chunks; the connection ends with them. */
async function* closing(chunks: AsyncIterable<Uint8Array>, stream: UnixStream): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* chunks;
  } finally {
    stream.close();
  }
}

async function* eventsIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<OperationEvent, void, void> {
  const decoder = new TextDecoder();
  let held = "";
  for await (const chunk of chunks) {
    const lines = (held + decoder.decode(chunk, { stream: true })).split("\n");
    held = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as OperationEvent;
  }
}

/** Follows an operation up to its end. */
async function resultOf(events: AsyncIterator<OperationEvent, void, void>, onEvent: Emit): Promise<Json> {
  for (;;) {
    const next = await events.next();
    if (next.done === true) throw gone(undefined);
    if (next.value.type === "result") return next.value.value;
    if (next.value.type === "error") throw BangerError.from(next.value.error);
    onEvent(next.value);
  }
}

/** The chunks, with what goes wrong put into the client's terms. */
async function* guarded(
  chunks: AsyncIterable<Uint8Array>,
  explain: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw explain(error);
  }
}

function errorOf(status: number, body: string): BangerError {
  try {
    return BangerError.from((JSON.parse(body) as { error: Json }).error);
  } catch {
    return new BangerError("INTERNAL", `the daemon answered with status ${status}`);
  }
}

/** Whether a request could not be written, as opposed to its source failing. */
function isBroken(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EPIPE" || code === "ECONNRESET";
}

function gone(cause: unknown): BangerError {
  return new BangerError("DAEMON_GONE", "the daemon went away before it had answered", {
    hint: "banger daemon logs shows why; the VMs go on running",
    cause,
  });
}

function cancelled(signal: AbortSignal): BangerError {
  return new BangerError("CANCELLED", "cancelled", { cause: signal.reason });
}
