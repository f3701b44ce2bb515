import { BangerError } from "../core/api/errors.ts";

/** The record codec of docs/guest-protocol.md §1: `u8 tag | u32 length | bytes`, big-endian. Pure; reading never copies. */
export interface GuestRecord {
  readonly tag: number;
  readonly body: Uint8Array;
}

export const recordHeadBytes = 5;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function violation(what: string): BangerError {
  return new BangerError("GUEST_PROTOCOL", `the guest's agent broke the protocol: ${what}`);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** One record; its body is the parts joined (records for a list). */
export function record(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return concat(recordHead(tag, length), ...parts);
}

export function recordHead(tag: number, length: number): Uint8Array {
  const head = new Uint8Array(recordHeadBytes);
  head[0] = tag;
  new DataView(head.buffer).setUint32(1, length);
  return head;
}

export const bytesOf = {
  text: (text: string): Uint8Array => encoder.encode(text),
  u8: (value: number): Uint8Array => Uint8Array.of(value),
  u16: (value: number): Uint8Array => Uint8Array.of(value >> 8, value),
  u32: (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value),
  u64(value: bigint): Uint8Array {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, value);
    return bytes;
  },
};

/** The records of a list. Throws GUEST_PROTOCOL when one runs past the end. */
export function readList(list: Uint8Array): readonly GuestRecord[] {
  const records: GuestRecord[] = [];
  const view = viewOf(list);
  for (let at = 0; at < list.length;) {
    if (list.length - at < recordHeadBytes) throw violation("a record is cut short");
    const start = at + recordHeadBytes;
    const length = view.getUint32(at + 1);
    if (length > list.length - start) throw violation("a record is longer than its list");
    records.push({ tag: list[at] ?? 0, body: list.subarray(start, start + length) });
    at = start + length;
  }
  return records;
}

/** Fields of a list by tag; of a repeated one the last. Unknown tags are simply never asked for. */
export class Fields {
  readonly #byTag = new Map<number, Uint8Array>();

  constructor(
    list: Uint8Array,
    private readonly what: string,
  ) {
    for (const { tag, body } of readList(list)) this.#byTag.set(tag, body);
  }

  optional(tag: number): Uint8Array | undefined {
    return this.#byTag.get(tag);
  }

  u8(tag: number): number {
    return this.#sized(tag, 1).getUint8(0);
  }

  u16(tag: number): number {
    return this.#sized(tag, 2).getUint16(0);
  }

  u32(tag: number): number {
    return this.#sized(tag, 4).getUint32(0);
  }

  /** A u64 as a number; what is above 2^53 is a violation. */
  u64(tag: number): number {
    const value = Number(this.#sized(tag, 8).getBigUint64(0));
    if (!Number.isSafeInteger(value)) throw violation(`${this.what} has an absurd number`);
    return value;
  }

  bigU64(tag: number): bigint {
    return this.#sized(tag, 8).getBigUint64(0);
  }

  /** Text made safe to show, at most `limit` characters. */
  text(tag: number, limit = 256): string {
    const body = this.#byTag.get(tag);
    if (body === undefined) throw violation(`${this.what} lacks field ${tag}`);
    return shownText(body, limit);
  }

  #sized(tag: number, bytes: number): DataView {
    const body = this.#byTag.get(tag);
    if (body === undefined) throw violation(`${this.what} lacks field ${tag}`);
    if (body.length !== bytes) throw violation(`field ${tag} of ${this.what} has ${body.length} bytes, not ${bytes}`);
    return viewOf(body);
  }
}

/** A guest's text for people: no control, formatting or private characters (terminals obey some), at most `limit` long. */
export function shownText(body: Uint8Array, limit: number): string {
  const text = decoder.decode(body.subarray(0, limit * 4)).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\u{fffd}");
  return text.length > limit ? `${text.slice(0, limit).replace(/[\ud800-\udbff]$/, "")}…` : text;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
