import { createServer, connect, type AddressInfo, type Server } from "node:net";
import type { Guest, GuestConnection, ListeningPort } from "../../src/core/api/guest.ts";

/** As much of a guest as forwarding its ports needs: it says which ports listen, and a dial reaches an echo server of this machine. */
export class FakeListeners implements Pick<Guest, "watchListening" | "dial"> {
  readonly dialled: string[] = [];
  open = 0;
  /** Answers no dial while true. */
  stuck = false;
  listening: readonly ListeningPort[] = [];
  #changed = Promise.withResolvers<void>();
  #gone = false;

  private constructor(
    private readonly echo: Server,
    private readonly echoPort: number,
  ) {}

  static async create(): Promise<FakeListeners> {
    const echo = createServer({ allowHalfOpen: true }, (socket) => void socket.on("error", () => {}).pipe(socket));
    await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
    return new FakeListeners(echo, (echo.address() as AddressInfo).port);
  }

  say(...listening: readonly ListeningPort[]): void {
    this.listening = listening;
    this.#wake();
  }

  /** The session ends. */
  leave(): void {
    this.#gone = true;
    this.#wake();
  }

  stop(): void {
    this.echo.close();
  }

  async *watchListening(signal?: AbortSignal): AsyncGenerator<readonly ListeningPort[]> {
    signal?.addEventListener("abort", () => this.#wake());
    for (;;) {
      const changed = this.#changed.promise;
      if (signal?.aborted === true) return;
      if (this.#gone) throw new Error("gone");
      yield this.listening;
      await changed;
    }
  }

  async dial(target: { host: string; port: number } | { path: string }): Promise<GuestConnection> {
    if ("path" in target) throw new Error("no path");
    this.dialled.push(`${target.host} ${target.port}`);
    if (this.stuck) await new Promise(() => {});
    const socket = connect({ host: "127.0.0.1", port: this.echoPort, allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => socket.on("connect", resolve).on("error", reject));
    this.open += 1;
    socket.on("close", () => (this.open -= 1));
    return {
      read: () => socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>,
      write: async (data) => void socket.write(data),
      end: async () => void socket.end(),
      close: () => void socket.destroy(),
    };
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
