import type { ChannelAddress } from "../core/api/drivers.ts";
import { BangerError } from "../core/api/errors.ts";
import type { Guest, GuestHello } from "../core/api/guest.ts";
import { dialGuest } from "./dial.ts";
import { call, cancelled } from "./exchange.ts";
import { readGuestFile, writeGuestFile } from "./files.ts";
import { Handshake, sessionMark } from "./handshake.ts";
import { tags } from "./messages.ts";
import { startProcess } from "./process.ts";
import { readBootState, readHealth, readPorts } from "./queries.ts";
import { reach, type Reached } from "./reach.ts";
import { watchListening } from "./watch-listening.ts";
import { bytesOf } from "./record.ts";
import { gone, Session } from "./session.ts";

export interface ConnectOptions {
  /** Ends the waiting with CANCELLED; means nothing once connected. */
  readonly signal?: AbortSignal;
  /** How long the agent may take for what an agent that lives answers at once; 10 s unless told. */
  readonly answerMs?: number;
}

/**
 * Begins a session with a guest's agent: waits for the VMM's socket, then for the guest. Throws GUEST_GONE when the VMM goes away
 * meanwhile, GUEST_PROTOCOL for a wrong answer.
 * @param token the 16 bytes of this boot's configuration
 */
export async function connectGuest(
  address: ChannelAddress,
  token: Uint8Array,
  options: ConnectOptions = {},
): Promise<Guest> {
  for (let attempt = 1; ; attempt++) {
    const reached = await reach(address, options.signal);
    try {
      return await greet(reached, token, options);
    } catch (error) {
      reached.stream.close();
      // The first vsock connection after a restored snapshot is answered and then dropped.
      const again =
        address.kind === "vsock" && attempt === 1 && error instanceof BangerError && error.code === "GUEST_GONE";
      if (!again) throw error;
    }
  }
}

async function greet(
  reached: Reached,
  token: Uint8Array,
  { signal, answerMs = 10_000 }: ConnectOptions,
): Promise<Guest> {
  const { stream, chunks } = reached;
  const mark = sessionMark(token);
  const handshake = new Handshake(mark);
  const abort = (): void => stream.close();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    await stream.write(mark);
    let greeting = handshake.receive(reached.first);
    while (greeting === null) {
      const next = await chunks.next();
      if (next.done === true) throw gone(undefined);
      greeting = handshake.receive(next.value);
    }
    return guestOf(greeting.hello, new Session({ stream, chunks, first: greeting.rest }), answerMs);
  } catch (error) {
    if (signal?.aborted === true) throw cancelled(signal);
    throw error instanceof BangerError ? error : gone(error);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** Every method checks what the guest answers; a lie throws GUEST_PROTOCOL and ends the session. */
function guestOf(hello: GuestHello, session: Session, answerMs: number): Guest {
  const { mux } = session;
  const nothing = new Uint8Array();
  /** Reads an answer; one that cannot be read ends the session. */
  const ask = async <T>(
    tag: number,
    body: Uint8Array,
    read: (list: Uint8Array) => T,
    signal?: AbortSignal,
  ): Promise<T> => {
    const list = await call(mux, tag, body, signal);
    try {
      return read(list);
    } catch (error) {
      session.fail(error as BangerError);
      throw error;
    }
  };
  const done = (): void => undefined;
  return {
    hello,
    closed: session.closed,
    exec: async (request, signal) => startProcess(mux, request, signal),
    readFile: async (path) => readGuestFile(mux, path),
    writeFile: (path, data, options) => writeGuestFile(mux, path, data, options),
    health: () => inTime(answerMs, (signal) => ask(tags.health, nothing, readHealth, signal)),
    ports: () => inTime(answerMs, (signal) => ask(tags.ports, nothing, readPorts, signal)),
    watchListening: (signal) => watchListening(mux, signal),
    dial: async (target) => dialGuest(mux, target),
    shutdown: () => ask(tags.shutdown, nothing, done),
    sync: () => ask(tags.sync, nothing, done),
    setClock: (unixMs) => ask(tags.clock, bytesOf.u64(BigInt(Math.round(unixMs)) * 1_000_000n), done),
    waitBoot: (signal) => ask(tags.waitBoot, nothing, readBootState, signal),
    close: () => session.close(),
  };
}

async function inTime<T>(ms: number, asked: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = AbortSignal.timeout(ms);
  try {
    return await asked(late);
  } catch (cause) {
    if (!late.aborted) throw cause;
    throw new BangerError("GUEST_GONE", `the guest's agent did not answer within ${ms / 1000} s`, {
      hint: "banger vm logs --console shows what the guest says; banger vm restart starts it afresh",
      cause,
    });
  }
}
