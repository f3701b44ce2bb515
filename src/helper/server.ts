import { chownSync, renameSync, rmSync } from "node:fs";
import net from "node:net";
import { asBangerError, BangerError } from "../core/api/errors.ts";
import type { Json } from "../core/api/json.ts";
import {
  maxAnswerBytes,
  maxConnections,
  maxRequestBytes,
  patienceMs,
  type Answer,
  type Request,
} from "../host/privileged/wire.ts";

export interface Peer {
  readonly pid: number;
  readonly uid: number;
}

export interface HelperOptions {
  readonly socketPath: string;
  /** Whose operations are done; the socket is theirs. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /** The peer of a connection, from its descriptor. */
  peerOf(fd: number): Peer;
  /** Checks and does one operation. */
  perform(name: string, args: unknown): Promise<Json>;
  /** One entry of the log. */
  log(level: "info" | "warn" | "error", line: string): void;
}

/** Characters of a request's arguments that the log shows. */
const shownArgs = 500;

/**
 * The root helper's socket. It is private from birth: the process's umask leaves it to root alone until it is given to the owner. Its
 * folder must be root's alone. Only the owner and root are served, one operation a connection.
 */
export class HelperServer {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  readonly #work = new Set<Promise<void>>();

  private constructor(private readonly options: HelperOptions) {
    this.#server = net.createServer({ allowHalfOpen: true }, (socket) => this.#admit(socket));
    this.#server.maxConnections = maxConnections;
  }

  /**
   * The caller holds the lock that makes it the only helper: a socket that is there already is a dead one's. The new one takes its place
   * when it is the owner's: a client that waits for a helper is never turned away.
   */
  static async listen(options: HelperOptions): Promise<HelperServer> {
    const server = new HelperServer(options);
    const making = `${options.socketPath}.new`;
    rmSync(making, { force: true });
    const umask = process.umask(0o177);
    try {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      server.#server.once("error", reject).listen(making, resolve);
      await promise;
      chownSync(making, options.owner.uid, options.owner.gid);
      renameSync(making, options.socketPath);
    } finally {
      process.umask(umask);
    }
    return server;
  }

  /** Takes no more requests, removes the socket, and resolves when what was under way is done and answered. */
  async close(): Promise<void> {
    this.#server.close();
    rmSync(this.options.socketPath, { force: true });
    await Promise.all(this.#work);
    for (const socket of this.#sockets) socket.destroy();
  }

  #admit(socket: net.Socket): void {
    const { owner, peerOf, log } = this.options;
    socket.on("error", () => socket.destroy());
    let peer: Peer;
    try {
      peer = peerOf((socket as unknown as { _handle: { fd: number } })._handle.fd);
    } catch {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    // Whoever sends or reads too slowly.
    socket.setTimeout(patienceMs, () => socket.destroy());
    if (peer.uid !== owner.uid && peer.uid !== 0) {
      log("warn", `refused user ${peer.uid} (pid ${peer.pid})`);
      this.#answer(socket, refusal(`user ${peer.uid} is not the owner of this helper`));
      return;
    }
    this.#receive(socket, peer);
  }

  /** Reads one line; what comes behind it is not read. The clock runs from the connection on, however busily bytes trickle. */
  #receive(socket: net.Socket, peer: Peer): void {
    const chunks: Buffer[] = [];
    let size = 0;
    const late = setTimeout(() => socket.destroy(), patienceMs);
    socket.on("close", () => clearTimeout(late));
    const early = (): void => void socket.destroy();
    socket.on("end", early);
    const done = (answer: Promise<Answer> | Answer): void => {
      clearTimeout(late);
      socket.setTimeout(0);
      socket.removeAllListeners("data");
      // Who has asked may end his side: he is still to be answered.
      socket.off("end", early);
      socket.pause();
      const work = Promise.resolve(answer).then((value) => this.#answer(socket, value));
      this.#work.add(work);
      void work.then(() => this.#work.delete(work));
    };
    socket.on("data", (chunk: Buffer) => {
      const end = chunk.indexOf(10);
      size += end === -1 ? chunk.length : end;
      if (size > maxRequestBytes) {
        done(refusal(`a request is longer than ${maxRequestBytes} bytes`));
        return;
      }
      chunks.push(end === -1 ? chunk : chunk.subarray(0, end));
      if (end !== -1) done(this.#serve(Buffer.concat(chunks), peer));
    });
  }

  async #serve(line: Buffer, { uid, pid }: Peer): Promise<Answer> {
    const { perform, log } = this.options;
    const request = parse(line);
    if (request === null) {
      log("warn", `refused what is no request (user ${uid}, pid ${pid})`);
      return refusal("this is no request");
    }
    const { operation, name, args } = request;
    const what = `${operation} ${name} ${(JSON.stringify(args) ?? "").slice(0, shownArgs)} (user ${uid}, pid ${pid})`;
    const began = performance.now();
    const took = (): string => `${Math.round(performance.now() - began)} ms`;
    try {
      const value = (await perform(name, args)) ?? null;
      log("info", `${what}: done, ${took()}`);
      return { value };
    } catch (thrown) {
      const error = asBangerError(thrown);
      const defect = error.code === "INTERNAL";
      log(defect ? "error" : "warn", `${what}: ${error.code} ${defect ? error.stack : error.message}, ${took()}`);
      return { error: error.toJSON() };
    }
  }

  #answer(socket: net.Socket, answer: Answer): void {
    if (socket.destroyed) return;
    const text = JSON.stringify(answer);
    const fits = text.length < maxAnswerBytes;
    socket.setTimeout(patienceMs, () => socket.destroy());
    socket.end(`${fits ? text : JSON.stringify(refusal("the answer is too long"))}\n`);
    // What the peer still sends is thrown away; it is cut off when it goes on.
    socket.resume();
  }
}

/** Names are printable and short, so that the log can show them as they are. */
function parse(line: Buffer): Request | null {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(line));
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const { operation, name, args = null, ...more } = value as Record<string, unknown>;
  if (Object.keys(more).length > 0) return null;
  if (typeof operation !== "string" || !/^[a-z0-9-]{1,40}$/.test(operation)) return null;
  if (typeof name !== "string" || !/^[a-z0-9.-]{1,60}$/i.test(name)) return null;
  return { operation, name, args };
}

function refusal(message: string): Answer {
  return { error: new BangerError("PRIVILEGE_REFUSED", message).toJSON() };
}
