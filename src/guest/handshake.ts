import type { GuestHello } from "../core/api/guest.ts";
import { BangerError } from "../core/api/errors.ts";
import { Fields, violation } from "./record.ts";

export const tokenBytes = 16;
export const nonceBytes = 8;
const protocolVersion = 1;
/** Bytes of an earlier session that may be thrown away before the answer; more than all its windows together. */
const maxStaleBytes = 512 << 20;

export interface Greeting {
  readonly hello: GuestHello;
  /** What has come after the hello. */
  readonly rest: Uint8Array;
}

/** Finds the answer to a session's mark in a stream that may still carry bytes of an earlier one. Pure; throws GUEST_PROTOCOL. */
export class Handshake {
  readonly #mark: Buffer;
  #held: Buffer = Buffer.alloc(0);
  #stale = 0;
  #found = false;

  /** @param mark token and nonce, as they were sent */
  constructor(mark: Uint8Array) {
    this.#mark = Buffer.from(mark);
  }

  /** The greeting once it is complete, else null. */
  receive(chunk: Uint8Array): Greeting | null {
    this.#held =
      this.#held.length === 0
        ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
        : Buffer.concat([this.#held, chunk]);
    if (!this.#found) this.#scan();
    if (!this.#found || this.#held.length < 4) return null;
    const version = this.#held.readUInt16BE(0);
    const end = 4 + this.#held.readUInt16BE(2);
    if (version !== protocolVersion) {
      throw new BangerError("GUEST_PROTOCOL", `the guest's agent speaks protocol ${version}, not ${protocolVersion}`, {
        hint: "the VM was started by another version of banger: restart it",
      });
    }
    if (this.#held.length < end) return null;
    return { hello: readHello(this.#held.subarray(4, end)), rest: this.#held.subarray(end) };
  }

  #scan(): void {
    const at = this.#held.indexOf(this.#mark);
    this.#found = at >= 0;
    const drop = this.#found ? at : Math.max(0, this.#held.length - this.#mark.length + 1);
    this.#stale += drop;
    if (this.#stale > maxStaleBytes) throw violation("endless bytes before its greeting");
    this.#held = this.#held.subarray(this.#found ? at + this.#mark.length : drop);
  }
}

function readHello(list: Uint8Array): GuestHello {
  const fields = new Fields(list, "its greeting");
  return {
    agentVersion: fields.text(1, 64),
    bootId: fields.text(2, 64),
    uptimeMs: fields.u64(3),
    init: fields.u8(4) !== 0,
  };
}

export function sessionMark(token: Uint8Array): Uint8Array {
  const mark = new Uint8Array(tokenBytes + nonceBytes);
  if (token.length !== tokenBytes) throw new BangerError("INTERNAL", "the guest's token is not 16 bytes");
  mark.set(token);
  crypto.getRandomValues(mark.subarray(tokenBytes));
  return mark;
}
