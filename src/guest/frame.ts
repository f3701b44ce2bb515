import { viewOf, violation } from "./record.ts";

/** Frame heads of yamux version 0: `u8 version | u8 type | u16 flags | u32 stream | u32 length`. Pure. */
export const frameHeadBytes = 12;
export const maxFrameBytes = 64 * 1024;
export const windowBytes = 256 * 1024;
export const maxStreams = 1024;

export const frameTypes = { data: 0, window: 1, ping: 2, goAway: 3 } as const;
export const flags = { syn: 1, ack: 2, fin: 4, rst: 8 } as const;

export interface FrameHead {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  /** Bytes that follow, window given back, ping's value or the reason of going away. */
  readonly length: number;
}

export function writeFrameHead(into: DataView, at: number, head: FrameHead): void {
  into.setUint16(at, head.type);
  into.setUint16(at + 2, head.flags);
  into.setUint32(at + 4, head.stream);
  into.setUint32(at + 8, head.length);
}

/** Checks what can be checked without knowing the session; throws GUEST_PROTOCOL. */
export function readFrameHead(bytes: Uint8Array, at: number): FrameHead {
  const view = viewOf(bytes);
  const head = {
    type: view.getUint8(at + 1),
    flags: view.getUint16(at + 2),
    stream: view.getUint32(at + 4),
    length: view.getUint32(at + 8),
  };
  if (view.getUint8(at) !== 0) throw violation("a frame of an unknown version");
  if (head.type > frameTypes.goAway) throw violation("a frame of an unknown type");
  if (head.type === frameTypes.data && head.length > maxFrameBytes) throw violation("a data frame above 64 KiB");
  const ofStream = head.type === frameTypes.data || head.type === frameTypes.window;
  if (ofStream !== (head.stream !== 0)) throw violation("a frame with a wrong stream number");
  return head;
}
