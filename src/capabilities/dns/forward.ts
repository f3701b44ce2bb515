import { createServer, type Server, type Socket } from "node:net";
import { BangerError } from "../../core/api/errors.ts";
import type { Guest, GuestConnection } from "../../core/api/guest.ts";
import { splice } from "../../core/streams/splice.ts";
import { chooseTargets, type Target } from "./targets.ts";

/** Connections to one guest at once; the agent takes 1024 streams in all. */
const maxConnections = 256;
/** However often a guest says that its ports have changed, they are looked at no sooner than this after the last time. */
const settleMs = 100;

/** One port on the host's side. */
export interface ForwardedPort {
  readonly port: number;
  /** Why the host could not have it, in words; null where it is open. */
  readonly obstacle: string | null;
}

interface Forward {
  target: Target;
  readonly server: Server;
}

/** Keeps the TCP ports that listen in one guest open on a loopback address, as they come and go there. */
export class Forwarder {
  readonly #open = new Map<number, Forward>();
  readonly #obstacles = new Map<number, string>();
  readonly #sockets = new Set<Socket>();
  readonly #off = new AbortController();

  /**
   * @param address in 127.77.0.0/16: this host's alone, and no service's of its own
   * @param dialMs how long the guest may take to connect
   */
  constructor(
    readonly address: string,
    private readonly guest: Pick<Guest, "watchListening" | "dial">,
    private readonly dialMs = 10_000,
  ) {
    if (!/^127\.77\.\d{1,3}\.\d{1,3}$/.test(address))
      throw new BangerError("INTERNAL", `ports are not forwarded to ${address}`);
  }

  /** Follows the guest until it goes away or `close` is called. Never rejects. */
  async run(): Promise<void> {
    try {
      for await (const listening of this.guest.watchListening(this.#off.signal)) {
        const targets = chooseTargets(listening, new Set(this.#open.keys()));
        await this.#follow(targets);
        await Bun.sleep(settleMs);
      }
    } catch {
      // The guest went away, or broke the protocol.
    } finally {
      this.close();
    }
  }

  ports(): readonly ForwardedPort[] {
    const open = [...this.#open.keys()].map((port) => ({ port, obstacle: null }));
    return [...open, ...[...this.#obstacles].map(([port, obstacle]) => ({ port, obstacle }))];
  }

  /** Idempotent: listeners and connections go. */
  close(): void {
    this.#off.abort();
    for (const { server } of this.#open.values()) server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#open.clear();
    this.#obstacles.clear();
  }

  async #follow(targets: ReadonlyMap<number, Target>): Promise<void> {
    for (const [port, { server }] of this.#open) {
      if (targets.has(port)) continue;
      // Connections that are there already live as long as the guest's own end.
      server.close();
      this.#open.delete(port);
    }
    this.#obstacles.clear();
    for (const [port, target] of targets) {
      const there = this.#open.get(port);
      if (there !== undefined) there.target = target;
      else await this.#listen(port, target);
    }
  }

  async #listen(port: number, target: Target): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (socket) => void this.#serve(socket, port));
    const { promise, resolve } = Promise.withResolvers<NodeJS.ErrnoException | null>();
    server.once("error", resolve).listen({ host: this.address, port, exclusive: true }, () => resolve(null));
    const error = await promise;
    if (this.#off.signal.aborted) server.close();
    else if (error !== null) this.#obstacles.set(port, obstacleOf(error));
    else {
      server.on("error", () => {});
      this.#open.set(port, { target, server });
    }
  }

  async #serve(socket: Socket, port: number): Promise<void> {
    const target = this.#open.get(port)?.target;
    socket.on("error", () => socket.destroy());
    if (target === undefined || this.#sockets.size >= maxConnections) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    try {
      const connection = await this.#dial(target, port, socket);
      if (connection === null) socket.resetAndDestroy();
      else await splice(socket, connection);
    } finally {
      this.#sockets.delete(socket);
    }
  }

  /** Null where the guest refuses, or does not answer in time, or the client has broken off. */
  async #dial(host: Target, port: number, socket: Socket): Promise<GuestConnection | null> {
    const dialled = this.guest.dial({ host, port }).catch(() => null);
    const late = Promise.withResolvers<null>();
    const timer = setTimeout(() => late.resolve(null), this.dialMs);
    const left = (): void => late.resolve(null);
    socket.once("close", left);
    const connection = await Promise.race([dialled, late.promise]);
    clearTimeout(timer);
    socket.off("close", left);
    if (connection === null) void dialled.then((unwanted) => unwanted?.close());
    return connection;
  }
}

function obstacleOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === "EACCES") return "ports below 1024 need root on the host";
  if (code === "EADDRINUSE") return "the port is taken on the host";
  return message;
}
