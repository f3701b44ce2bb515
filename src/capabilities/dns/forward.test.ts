import { afterEach, beforeEach, expect, test } from "bun:test";
import { connect, createServer, type Socket } from "node:net";
import { eventually as within } from "../../../test/helpers/eventually.ts";
import { FakeListeners } from "../../../test/helpers/fake-listeners.ts";
import { Forwarder } from "./forward.ts";

/** A busy machine takes its time. */
const eventually = (what: () => boolean | Promise<boolean>): Promise<void> => within(what, 20_000);
const patience = 60_000;

/** Nobody else's on this machine: one address a test. */
let next = Math.floor(Math.random() * 60_000);
const address = (): string => `127.77.${next >> 8}.${next++ & 255}`;
const port = 18_080;

let guest: FakeListeners;
let forwarder: Forwarder;
let running: Promise<void>;
beforeEach(async () => {
  guest = await FakeListeners.create();
  forwarder = new Forwarder(address(), guest, 1000);
  running = forwarder.run();
});
afterEach(async () => {
  forwarder.close();
  await running;
  guest.stop();
});

const isOpen = (port: number): boolean =>
  forwarder.ports().some((other) => other.port === port && other.obstacle === null);

function dial(to = port): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: forwarder.address, port: to, allowHalfOpen: true });
    socket.on("connect", () => resolve(socket)).on("error", reject);
  });
}

/** Resolves when the other side has ended the connection. */
function hungUp(socket: Socket): Promise<void> {
  socket.resume();
  return new Promise((resolve) => {
    for (const event of ["end", "close", "error"]) socket.on(event, () => resolve());
  });
}

/** What the echo server sends back, until it ends. */
async function echoed(socket: Socket, text: string): Promise<string> {
  socket.end(text);
  const pieces: Buffer[] = [];
  for await (const piece of socket) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

test(
  "a port is open as long as the guest's is; bytes and half-closes go through",
  async () => {
    guest.say({ address: "0.0.0.0", port });
    await eventually(() => isOpen(port));
    const big = "x".repeat(3 << 20);
    expect(await echoed(await dial(), big)).toBe(big);
    expect(guest.dialled).toEqual([`localhost ${port}`]);
    guest.say();
    await eventually(() => !isOpen(port));
    expect(dial()).rejects.toThrow("ECONNREFUSED");
    guest.say({ address: "127.0.0.1", port });
    await eventually(() => isOpen(port));
    expect(await echoed(await dial(), "again")).toBe("again");
    expect(guest.dialled.at(-1)).toBe(`127.0.0.1 ${port}`);
  },
  patience,
);

test(
  "a port that the host has is told, and taken once it is free and the guest's ports change",
  async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, forwarder.address, resolve));
    guest.say({ address: "0.0.0.0", port });
    await eventually(() => forwarder.ports().length === 1);
    expect(forwarder.ports()).toEqual([{ port, obstacle: "the port is taken on the host" }]);
    await new Promise((resolve) => other.close(resolve));
    guest.say({ address: "0.0.0.0", port }, { address: "0.0.0.0", port: port + 1 });
    await eventually(() => isOpen(port) && isOpen(port + 1));
  },
  patience,
);

test(
  "when the guest goes, listeners and connections go",
  async () => {
    guest.say({ address: "0.0.0.0", port });
    await eventually(() => isOpen(port));
    const socket = await dial();
    const closed = hungUp(socket);
    await eventually(() => guest.open === 1);
    guest.leave();
    await running;
    await closed;
    expect(dial()).rejects.toThrow("ECONNREFUSED");
    await eventually(() => guest.open === 0);
  },
  patience,
);

test(
  "connections are bounded, also those that the guest never answers",
  async () => {
    guest.stuck = true;
    guest.say({ address: "0.0.0.0", port });
    await eventually(() => isOpen(port));
    let gone = 0;
    const sockets = await Promise.all(Array.from({ length: 270 }, () => dial().catch(() => null)));
    for (const socket of sockets) void (socket === null ? Promise.resolve() : hungUp(socket)).then(() => (gone += 1));
    await eventually(() => gone === 14);
    expect(guest.dialled.length).toBe(256);
    // A guest that does not answer in time is not waited for.
    await eventually(() => gone === 270);
    guest.stuck = false;
    const again = async (): Promise<string> => echoed(await dial(), "room again");
    await eventually(async () => (await again().catch(() => "")) === "room again");
  },
  patience,
);

test("ports are not forwarded to addresses that may be others'", () => {
  for (const other of ["127.0.0.1", "0.0.0.0", "127.78.0.1", "127.77.0.1.1", "::1"])
    expect(() => new Forwarder(other, guest)).toThrow("not forwarded");
});
