import { answer, tcpBytes } from "./answer.ts";
import { Remembered } from "./remembered.ts";
import type { Zone } from "./zone.ts";

/** What one client over TCP may do before it is hung up on. */
const maxClients = 64;
const idleMs = 10_000;
/** Octets of a message; a longer one is no question. */
const maxMessageBytes = 4096;

type Client = Bun.Socket<{ held: Buffer; timer?: ReturnType<typeof setTimeout> }>;

export interface DnsServer {
  readonly port: number;
  close(): void;
}

/** Answers for a zone over UDP and TCP on one address and port. Throws an error with the code EADDRINUSE where the port is taken. */
export async function serveDns(zone: Zone, hostname: string, port: number): Promise<DnsServer> {
  const remembered = new Remembered(zone);
  /** Answers that wait to go out together: message, port, address, message, … */
  let waiting: (Buffer | number | string)[] = [];
  const send = (): void => {
    const answers = waiting;
    waiting = [];
    try {
      if (!udp.closed) udp.sendMany(answers);
    } catch {
      // What the kernel has no room for, or a firewall forbids, is lost, as any datagram may be.
    }
  };
  const udp = await Bun.udpSocket({
    hostname,
    port,
    socket: {
      data(_, query, from, address) {
        const response = remembered.answer(query);
        if (response === null) return;
        // The kernel gives many datagrams at once: one call sends the answers to all of them.
        if (waiting.length === 0) setImmediate(send);
        waiting.push(response, from, address);
      },
      error: () => undefined,
    },
  });
  try {
    const tcp = serveTcp(zone, hostname, udp.port);
    return { port: udp.port, close: () => (udp.close(), tcp.close()) };
  } catch (error) {
    udp.close();
    throw error;
  }
}

function serveTcp(zone: Zone, hostname: string, port: number): { close(): void } {
  const clients = new Set<Client>();
  const leave = (client: Client): void => {
    clearTimeout(client.data?.timer);
    clients.delete(client);
    client.terminate();
  };
  const wait = (client: Client): void => {
    clearTimeout(client.data.timer);
    client.data.timer = setTimeout(() => leave(client), idleMs);
  };
  const listener = Bun.listen<Client["data"]>({
    hostname,
    port,
    exclusive: true,
    socket: {
      open(client) {
        client.data = { held: Buffer.alloc(0) };
        if (clients.size >= maxClients) return leave(client);
        clients.add(client);
        wait(client);
      },
      data(client, chunk) {
        if (!clients.has(client)) return;
        const { messages, rest } = cutMessages(Buffer.concat([client.data.held, chunk]));
        client.data.held = rest;
        for (const message of messages) {
          const response = message.length > maxMessageBytes ? null : answer(message, zone, tcpBytes);
          // Who sends what is no question, or does not take the answers, is no client.
          if (response === null || !sendFramed(client, response)) return leave(client);
        }
        if (rest.length > 2 + maxMessageBytes) return leave(client);
        if (messages.length > 0) wait(client);
      },
      close: leave,
      error: leave,
    },
  });
  return {
    close() {
      listener.stop(true);
      for (const client of clients) leave(client);
    },
  };
}

/** Whole messages of a TCP stream, each after two octets with its length, and what is there of the next. Pure. */
export function cutMessages(bytes: Buffer): { readonly messages: readonly Buffer[]; readonly rest: Buffer } {
  const messages: Buffer[] = [];
  let at = 0;
  while (bytes.length - at >= 2) {
    const end = at + 2 + bytes.readUInt16BE(at);
    if (end > bytes.length) break;
    messages.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return { messages, rest: bytes.subarray(at) };
}

function sendFramed(client: Client, message: Buffer): boolean {
  const framed = Buffer.alloc(2 + message.length);
  framed.writeUInt16BE(message.length, 0);
  framed.set(message, 2);
  return client.write(framed) === framed.length;
}
