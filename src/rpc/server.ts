import { rmSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import type { Duplex, Readable } from "node:stream";
import { asBangerError, BangerError } from "../core/api/errors.ts";
import { errorCodes } from "../core/api/error-codes.ts";
import type { OperationEvent } from "../core/api/events.ts";
import { operationHeader, versionHeader, type ErrorBody } from "./protocol.ts";
import { match, type Pattern } from "./router.ts";

export interface Peer {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly peer: Peer;
  /** Of this request: on the answer, in the log, in its error. */
  readonly operation: string;
  /** Aborted when the answer is out, or the client's connection gone before. */
  readonly gone: AbortSignal;
  /** The body as JSON, undefined when empty; throws BAD_REQUEST. */
  json(): Promise<unknown>;
  /** The body as it comes. */
  readonly bytes: Readable;
}

/** An answer that goes on: the status line has gone out when it begins. */
export interface Streaming {
  /** Sends bytes; resolves when the client has room for more, at once when it is gone. */
  write(data: string | Uint8Array): Promise<void>;
  end(): void;
}

interface Base extends Pattern {
  /** Whether a client of another version may call it. */
  readonly anyVersion?: boolean;
}

export type Route =
  /** Answers with JSON. */
  | (Base & { readonly kind: "json"; handle(call: Call): Promise<unknown> })
  /** Answers with events, one a line. Ends when the handler does, after which nothing may be sent. */
  | (Base & { readonly kind: "events"; handle(call: Call, send: (event: OperationEvent) => void): Promise<void> })
  /** Answers with bytes; the handler starts the answer when it knows that there is one. */
  | (Base & {
      readonly kind: "bytes";
      handle(call: Call, start: (headers?: Record<string, string>) => Streaming): Promise<void>;
    })
  /** Becomes a stream of bytes both ways; the socket is the handler's, to close as well. */
  | (Base & {
      readonly kind: "upgrade";
      readonly protocol: string;
      handle(call: Call, accept: () => Duplex): Promise<void>;
    });

export interface ServerOptions {
  readonly socketPath: string;
  readonly version: string;
  readonly routes: readonly Route[];
  /** The peer of a connection, from its descriptor. */
  peerOf(fd: number): Peer;
  /** Refuses a peer by throwing. */
  admit(peer: Peer): void;
  newOperation(): string;
  /** A defect or a failed request, for the log. */
  onError(
    error: BangerError,
    call: { readonly method: string; readonly path: string; readonly operation: string },
  ): void;
}

const eventLines = "application/x-ndjson";

/** Octets that a JSON body may have. */
const maxBody = 1 << 20;

/**
 * The daemon's API on a unix socket. The caller has set a umask of 077, so that the socket is private from birth, and holds the lock
 * that makes it the only daemon: a socket that is there already is a dead one's and is replaced.
 */
export class RpcServer {
  readonly #http: http.Server;
  readonly #net: net.Server;
  readonly #sockets = new Set<net.Socket>();
  readonly #peers = new WeakMap<object, Peer>();

  private constructor(private readonly options: ServerOptions) {
    this.#http = http.createServer((request, response) => void this.#serve(request, response));
    this.#http.on("upgrade", (request, socket, head) => void this.#upgrade(request, socket, head));
    this.#net = net.createServer({ allowHalfOpen: true }, (socket) => this.#connection(socket));
  }

  static async listen(options: ServerOptions): Promise<RpcServer> {
    const server = new RpcServer(options);
    rmSync(options.socketPath, { force: true });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.#net.once("error", reject).listen(options.socketPath, resolve);
    await promise;
    return server;
  }

  /** Takes no more requests, ends what is open and removes the socket. */
  close(): void {
    this.#net.close();
    for (const socket of this.#sockets) socket.destroy();
    rmSync(this.options.socketPath, { force: true });
  }

  #connection(socket: net.Socket): void {
    try {
      const peer = this.options.peerOf((socket as unknown as { _handle: { fd: number } })._handle.fd);
      this.options.admit(peer);
      this.#peers.set(socket, peer);
    } catch {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    this.#http.emit("connection", socket);
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const operation = this.options.newOperation();
    const gone = new AbortController();
    response.on("close", () => gone.abort(new BangerError("CANCELLED", "the client went away")));
    const headers = { [versionHeader]: this.options.version, [operationHeader]: operation };
    try {
      const { route, call } = this.#route(request, operation, gone.signal);
      switch (route.kind) {
        case "json": {
          const body = JSON.stringify((await route.handle(call)) ?? {});
          // With its length it goes out in one piece, without it in five.
          const length = Buffer.byteLength(body);
          response
            .writeHead(200, { ...headers, "content-type": "application/json", "content-length": length })
            .end(body);
          return;
        }
        case "events":
          response.writeHead(200, { ...headers, "content-type": eventLines });
          response.flushHeaders();
          await route.handle(call, (event) => void response.write(`${JSON.stringify(event)}\n`));
          response.end();
          return;
        case "bytes":
          await route.handle(call, (more) => {
            response.writeHead(200, { ...headers, "content-type": "application/octet-stream", ...more });
            response.flushHeaders();
            return streaming(response, gone.signal);
          });
          return;
        case "upgrade":
          throw new BangerError("BAD_REQUEST", `${route.path} needs an upgrade to ${route.protocol}`);
      }
    } catch (thrown) {
      const error = this.#report(thrown, request, operation);
      if (response.headersSent && response.getHeader("content-type") === eventLines) {
        response.end(`${JSON.stringify({ type: "error", error })}\n`);
      } else if (response.headersSent) response.destroy();
      else
        response
          .writeHead(errorCodes[error.code].http, { ...headers, "content-type": "application/json" })
          .end(errorBody(error));
    }
  }

  async #upgrade(request: http.IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const operation = this.options.newOperation();
    const gone = new AbortController();
    socket.on("close", () => gone.abort(new BangerError("CANCELLED", "the client went away")));
    const lines = `${versionHeader}: ${this.options.version}\r\n${operationHeader}: ${operation}\r\n`;
    let accepted = false;
    try {
      const { route, call } = this.#route(request, operation, gone.signal);
      if (route.kind !== "upgrade" || route.protocol !== request.headers.upgrade) {
        throw new BangerError(
          "BAD_REQUEST",
          `${route.path} does not become ${JSON.stringify(request.headers.upgrade)}`,
        );
      }
      await route.handle(call, () => {
        accepted = true;
        if (head.length > 0) socket.unshift(head);
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${route.protocol}\r\n${lines}\r\n`,
        );
        return socket;
      });
    } catch (thrown) {
      const error = this.#report(thrown, request, operation);
      if (accepted) {
        socket.destroy();
        return;
      }
      const body = errorBody(error);
      const status = errorCodes[error.code].http;
      socket.end(
        `HTTP/1.1 ${status} Error\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${lines}\r\n${body}`,
      );
    }
  }

  #route(request: http.IncomingMessage, operation: string, gone: AbortSignal): { route: Route; call: Call } {
    // Not by URL, which would resolve `.` and `..`: a part of a path is a name here, whatever it is.
    const [path = "", query = ""] = (request.url ?? "/").split("?", 2);
    const found = match(this.options.routes, request.method ?? "GET", path);
    const peer = this.#peers.get(request.socket);
    if (found === null || peer === undefined)
      throw new BangerError("BAD_REQUEST", `the API has no ${request.method} ${path}`);
    const theirs = request.headers[versionHeader];
    if (theirs !== undefined && theirs !== this.options.version && found.route.anyVersion !== true) {
      throw new BangerError(
        "DAEMON_VERSION",
        `the daemon has version ${this.options.version}, this command ${String(theirs)}`,
        {
          hint: "banger daemon stop, then try again: running VMs go on",
        },
      );
    }
    const call: Call = {
      params: found.params,
      query: new URLSearchParams(query),
      peer,
      operation,
      gone,
      json: () => readJson(request),
      bytes: request,
    };
    return { route: found.route, call };
  }

  #report(thrown: unknown, request: http.IncomingMessage, operation: string): BangerError {
    const error = asBangerError(thrown).with({ operation });
    this.options.onError(error, { method: request.method ?? "", path: request.url ?? "", operation });
    return error;
  }
}

function errorBody(error: BangerError): string {
  return JSON.stringify({ error: error.toJSON() } satisfies ErrorBody);
}

function streaming(response: http.ServerResponse, gone: AbortSignal): Streaming {
  return {
    async write(data) {
      if (gone.aborted || response.write(data)) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      response.once("drain", resolve);
      gone.addEventListener("abort", () => resolve(), { once: true });
      await promise;
    },
    end: () => void response.end(),
  };
}

async function readJson(request: http.IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) throw new BangerError("BAD_REQUEST", `the request's body is larger than ${maxBody} bytes`);
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch (cause) {
    throw new BangerError("BAD_REQUEST", "the request's body is not JSON", { cause });
  }
}
