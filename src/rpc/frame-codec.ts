import { BangerError } from "../core/api/errors.ts";
import { frameTypes, maxFrameBytes } from "./frames.ts";

export interface Frame {
  readonly type: number;
  readonly payload: Uint8Array;
}

const known: ReadonlySet<number> = new Set(Object.values(frameTypes));
const headerBytes = 5;

/** The five bytes in front of a payload, for writers that send the payload without copying it. */
export function frameHeader(type: number, length: number): Uint8Array {
  const header = new Uint8Array(headerBytes);
  header[0] = type;
  new DataView(header.buffer).setUint32(1, length);
  return header;
}

export function encodeFrame(type: number, payload: Uint8Array = new Uint8Array()): Uint8Array {
  const frame = new Uint8Array(headerBytes + payload.length);
  frame.set(frameHeader(type, payload.length));
  frame.set(payload, headerBytes);
  return frame;
}

/**
 * Takes frames out of bytes as they come, however they are cut. Payloads are views where a frame lies in one chunk: they are valid
 * as long as the chunk is. Throws BAD_REQUEST for a type that does not exist or a length past the limit.
 */
export class FrameParser {
  readonly #header = new Uint8Array(headerBytes);
  #headerBytes = 0;
  /** Of the frame whose header is complete and whose payload is not, the payload so far. */
  #payload = new Uint8Array();
  #payloadBytes = 0;

  *push(chunk: Uint8Array): Generator<Frame, void, void> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#headerBytes < headerBytes) {
        const part = chunk.subarray(at, at + headerBytes - this.#headerBytes);
        this.#header.set(part, this.#headerBytes);
        this.#headerBytes += part.length;
        at += part.length;
        if (this.#headerBytes < headerBytes) return;
        const length = this.#checkedLength();
        if (length <= chunk.length - at) {
          at += length;
          yield this.#frame(chunk.subarray(at - length, at));
        } else {
          this.#payload = new Uint8Array(length);
          this.#payloadBytes = 0;
        }
      } else {
        const part = chunk.subarray(at, at + this.#payload.length - this.#payloadBytes);
        this.#payload.set(part, this.#payloadBytes);
        this.#payloadBytes += part.length;
        at += part.length;
        if (this.#payloadBytes === this.#payload.length) yield this.#frame(this.#payload);
      }
    }
  }

  /** Whether the bytes so far end between two frames. */
  get complete(): boolean {
    return this.#headerBytes === 0;
  }

  #frame(payload: Uint8Array): Frame {
    this.#headerBytes = 0;
    return { type: this.#header[0]!, payload };
  }

  #checkedLength(): number {
    const type = this.#header[0]!;
    const length = new DataView(this.#header.buffer).getUint32(1);
    if (!known.has(type)) throw new BangerError("BAD_REQUEST", `there is no frame of type ${type}`);
    if (length > maxFrameBytes) {
      throw new BangerError("BAD_REQUEST", `a frame of ${length} bytes is longer than ${maxFrameBytes}`);
    }
    return length;
  }
}
