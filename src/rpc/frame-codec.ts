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
  #rest: Uint8Array = new Uint8Array();

  *push(chunk: Uint8Array): Generator<Frame, void, void> {
    let data = this.#rest.length === 0 ? chunk : joined(this.#rest, chunk);
    while (data.length >= headerBytes) {
      const type = data[0]!;
      const length = new DataView(data.buffer, data.byteOffset).getUint32(1);
      if (!known.has(type)) throw new BangerError("BAD_REQUEST", `there is no frame of type ${type}`);
      if (length > maxFrameBytes) throw new BangerError("BAD_REQUEST", `a frame of ${length} bytes is longer than ${maxFrameBytes}`);
      if (data.length < headerBytes + length) break;
      yield { type, payload: data.subarray(headerBytes, headerBytes + length) };
      data = data.subarray(headerBytes + length);
    }
    // A copy: the chunk is the reader's to use again.
    this.#rest = Uint8Array.from(data);
  }

  /** Whether the bytes so far end between two frames. */
  get complete(): boolean {
    return this.#rest.length === 0;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
