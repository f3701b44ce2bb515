import type { Host } from "../../core/api/host.ts";
import { plainText } from "../../core/model/plain-text.ts";
import { serveDns, type DnsServer } from "./server.ts";
import type { Zone } from "./zone.ts";

/** Why the server does not listen. */
export interface Obstacle {
  readonly taken: boolean;
  readonly message: string;
}

const hostname = "127.0.0.1";
const retryMs = 5000;

/** The server while there are names to serve. A port that is taken is tried again until it is free. */
export class Listening {
  #server: DnsServer | null = null;
  #opening: Promise<Obstacle | null> | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #wanted = false;

  constructor(private readonly zone: Zone) {}

  /** Resolves with null when the server listens, else with why it does not. */
  async open(port: number): Promise<Obstacle | null> {
    this.#wanted = true;
    if (this.#server !== null) return null;
    this.#opening ??= this.#try(port).finally(() => (this.#opening = null));
    return this.#opening;
  }

  close(): void {
    this.#wanted = false;
    clearTimeout(this.#retry);
    this.#server?.close();
    this.#server = null;
  }

  async #try(port: number): Promise<Obstacle | null> {
    clearTimeout(this.#retry);
    try {
      const server = await serveDns(this.zone, hostname, port);
      if (this.#wanted) this.#server = server;
      else server.close();
      return null;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (this.#wanted) this.#retry = setTimeout(() => void this.open(port), retryMs).unref();
      return { taken: code === "EADDRINUSE", message };
    }
  }
}

/** Who has a port of 127.0.0.1, in words; other users' programs are seen by root alone. */
export async function holderOf(host: Host, port: number): Promise<string> {
  const unknown = "another program";
  if ((await host.which("ss")) === null) return unknown;
  const argv = ["ss", "-H", "-l", "-n", "-t", "-u", "-p", `sport = :${port}`] as const;
  return parseHolder((await host.run(argv, { okCodes: [0, 1, 255] })).stdout) ?? unknown;
}

/** The first program in what ss prints: `users:(("dnsmasq",pid=71,fd=4))`. Pure. */
export function parseHolder(text: string): string | null {
  const found = /users:\(\("([^"]*)",pid=(\d+)/.exec(text);
  // Whoever runs it gives it its name.
  return found === null ? null : `${plainText(found[1]!)} (pid ${found[2]})`;
}
