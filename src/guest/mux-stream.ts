import { BangerError } from "../core/api/errors.ts";
import {
  flags,
  frameHeadBytes,
  type FrameHead,
  frameTypes,
  maxFrameBytes,
  windowBytes,
  writeFrameHead,
} from "./frame.ts";
import { recordHead, recordHeadBytes, violation } from "./record.ts";

export interface StreamHandler {
  /** Bytes of the peer's; they may be kept. Whoever has consumed them gives them back by `credit`. May throw a violation. */
  data(piece: Uint8Array): void;
  /** The peer sends no more. May throw a violation. */
  end(): void;
  /** The peer has reset the stream, or the session is over. */
  lost(error: BangerError): void;
}

/** What a stream needs of its mux. */
export interface StreamOwner {
  /** The stream has something to send. */
  ready(stream: MuxStream): void;
  /** The stream is over; `reset`: the peer is to be told. */
  over(stream: MuxStream, reset: boolean): void;
}

interface Outgoing {
  /** Splits the data into messages of this tag, each whole in one frame; absent: bytes as they are. */
  readonly tag: number | undefined;
  readonly data: Uint8Array;
  at: number;
  readonly resolve: () => void;
  readonly reject: (error: BangerError) => void;
}

/** Window that only urgent messages may use, so that a signal passes a program which does not read its input. */
const urgentReserve = 4096;
/** Room below which a frame is left for the next batch; no urgent message is longer. */
const smallestPayload = 16;
/** Credit is sent once it is worth a frame. */
const creditWorthSending = windowBytes / 2;

/** One stream of a Mux. Writes resolve when their bytes are on the way; until then they must not change. */
export class MuxStream {
  #queue: Outgoing[] = [];
  #urgent: Uint8Array[] = [];
  #sendWindow = windowBytes;
  #receiveWindow = windowBytes;
  #credit = 0;
  #synSent = false;
  #finWanted = false;
  #finSent = false;
  #finReceived = false;
  #lost: BangerError | null = null;
  #over = false;

  constructor(
    readonly id: number,
    private readonly owner: StreamOwner,
    private readonly handler: StreamHandler,
  ) {
    owner.ready(this);
  }

  /** Sends bytes as they are, or with a tag as messages that carry them. */
  write(data: Uint8Array, tag?: number): Promise<void> {
    if (this.#lost !== null) return Promise.reject(this.#lost);
    if (this.#over || this.#finWanted || data.length === 0) return Promise.resolve();
    return new Promise<void>((resolve, reject) => {
      this.#queue.push({ tag, data, at: 0, resolve, reject });
      this.owner.ready(this);
    });
  }

  /** Sends a whole small message ahead of what waits in `write`. */
  writeUrgent(message: Uint8Array): void {
    if (this.#over || this.#finWanted) return;
    this.#urgent.push(message);
    this.owner.ready(this);
  }

  /** Half-close, after what was written. */
  end(): void {
    if (this.#over || this.#finWanted) return;
    this.#finWanted = true;
    this.owner.ready(this);
  }

  /** Nothing more will be sent: what waits is dropped (and counts as written), then half-close. */
  finish(): void {
    this.#drop().forEach(({ resolve }) => resolve());
    this.end();
  }

  /** Ends both directions at once. Writes that wait reject with the error. The handler hears nothing more. */
  reset(error: BangerError): void {
    if (this.#over) return;
    this.#lost = error;
    this.#end(this.#synSent);
  }

  /** Gives bytes back to the peer's window. */
  credit(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit >= creditWorthSending && !this.#finReceived && !this.#over) this.owner.ready(this);
  }

  /** A frame's head from the peer, before its payload. Throws GUEST_PROTOCOL. */
  receive(head: FrameHead): void {
    if (head.type === frameTypes.data) {
      if (head.length > this.#receiveWindow) throw violation("data beyond the window");
      if (this.#finReceived && head.length > 0) throw violation("data after the end of a stream");
      this.#receiveWindow -= head.length;
    } else if (head.length > 0) {
      this.#sendWindow += head.length;
      if (this.#sendWindow > 2 ** 31) throw violation("an absurd window");
      this.owner.ready(this);
    }
    if ((head.flags & flags.rst) !== 0)
      this.fail(new BangerError("GUEST_ERROR", "the guest's agent cut a request off"));
  }

  /** Payload of the data frame that `receive` has admitted. */
  receivePayload(piece: Uint8Array): void {
    if (!this.#over) this.handler.data(piece);
  }

  /** The frame that carried FIN is complete. */
  receiveEnd(): void {
    if (this.#finReceived || this.#over) return;
    this.#finReceived = true;
    this.handler.end();
    this.#settle();
  }

  /** The peer or the session ended it. */
  fail(error: BangerError): void {
    if (this.#over) return;
    this.#lost = error;
    this.#end(false);
    this.handler.lost(error);
  }

  /** Writes frames at an offset: where it stopped, and whether there is more to send now. */
  fill(into: Uint8Array, view: DataView, start: number): { readonly at: number; readonly more: boolean } {
    let at = start;
    if (this.#over) return { at, more: false };
    if (this.#credit >= creditWorthSending && this.#synSent) {
      if (into.length - at < frameHeadBytes) return { at, more: true };
      writeFrameHead(view, at, { type: frameTypes.window, flags: 0, stream: this.id, length: this.#credit });
      this.#receiveWindow += this.#credit;
      this.#credit = 0;
      at += frameHeadBytes;
    }
    const payloadAt = at + frameHeadBytes;
    if (into.length - payloadAt < smallestPayload) return { at, more: true };
    const end = this.#fillPayload(into, payloadAt);
    const empty = this.#queue.length === 0 && this.#urgent.length === 0;
    const fin = this.#finWanted && !this.#finSent && empty;
    if (end > payloadAt || fin || !this.#synSent) {
      const frameFlags = (this.#synSent ? 0 : flags.syn) | (fin ? flags.fin : 0);
      writeFrameHead(view, at, { type: frameTypes.data, flags: frameFlags, stream: this.id, length: end - payloadAt });
      this.#synSent = true;
      this.#sendWindow -= end - payloadAt;
      at = end;
    }
    if (fin) {
      this.#finSent = true;
      this.#settle();
    }
    return { at, more: !empty && end > payloadAt };
  }

  #fillPayload(into: Uint8Array, start: number): number {
    const limit = Math.min(into.length, start + Math.min(maxFrameBytes, this.#sendWindow));
    let at = start;
    while (this.#urgent[0] !== undefined && this.#urgent[0].length <= limit - at && this.#atBoundary()) {
      const message = this.#urgent.shift()!;
      into.set(message, at);
      at += message.length;
    }
    for (let item = this.#queue[0]; item !== undefined; item = this.#queue[0]) {
      const room = (item.tag === undefined ? limit : Math.min(limit, start + this.#sendWindow - urgentReserve)) - at;
      const headBytes = item.tag === undefined ? 0 : recordHeadBytes;
      const length = Math.min(room - headBytes, item.data.length - item.at);
      if (length <= 0) break;
      if (item.tag !== undefined) into.set(recordHead(item.tag, length), at);
      into.set(item.data.subarray(item.at, item.at + length), at + headBytes);
      at += headBytes + length;
      item.at += length;
      if (item.at < item.data.length) break;
      this.#queue.shift();
      item.resolve();
    }
    return at;
  }

  /** Whether no bytes-as-they-are stand half sent in front. */
  #atBoundary(): boolean {
    const first = this.#queue[0];
    return first === undefined || first.tag !== undefined || first.at === 0;
  }

  #settle(): void {
    if (this.#finSent && this.#finReceived) this.#end(false);
  }

  #end(reset: boolean): void {
    this.#over = true;
    const dropped = this.#drop();
    this.owner.over(this, reset);
    for (const { resolve, reject } of dropped)
      if (this.#lost === null) resolve();
      else reject(this.#lost);
  }

  #drop(): readonly Outgoing[] {
    const dropped = this.#queue;
    this.#queue = [];
    this.#urgent = [];
    return dropped;
  }
}
