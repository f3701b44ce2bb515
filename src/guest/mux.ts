import { BangerError } from "../core/api/errors.ts";
import {
  flags,
  type FrameHead,
  frameHeadBytes,
  frameTypes,
  maxStreams,
  readFrameHead,
  writeFrameHead,
} from "./frame.ts";
import { MuxStream, type StreamHandler } from "./mux-stream.ts";
import { viewOf, violation } from "./record.ts";

/** A piece of a chunk is copied when it would keep more than this many times its own length alive. */
const keepsAlive = 4;

/**
 * The host's side of docs/guest-protocol.md §3: many streams over one byte stream, as the side that opens them. A pure state
 * machine: bytes go in by `receive` and come out by `take`. The peer is hostile: what `receive` throws ends the session.
 */
export class Mux {
  readonly #streams = new Map<number, MuxStream>();
  /** Streams with something to send, in the order of their turns; a new stream's SYN keeps its place. */
  #ready = new Set<MuxStream>();
  #control: FrameHead[] = [];
  #lastId = -1;
  readonly #head = new Uint8Array(frameHeadBytes);
  #headBytes = 0;
  #payload = { left: 0, id: 0, fin: false };
  #failure: BangerError | null = null;

  /** @param wake called when there is something to take */
  constructor(private readonly wake: () => void) {}

  /** Throws GUEST_ERROR when too many are open, GUEST_GONE when the session is over. */
  open(handler: StreamHandler): MuxStream {
    if (this.#failure !== null) throw new BangerError("GUEST_GONE", "the guest is gone", { cause: this.#failure });
    if (this.#streams.size >= maxStreams) {
      throw new BangerError("GUEST_ERROR", `${maxStreams} requests to the guest are under way already`);
    }
    this.#lastId += 2;
    const owner = {
      ready: (stream: MuxStream): void => {
        this.#ready.add(stream);
        this.wake();
      },
      over: ({ id }: MuxStream, reset: boolean): void => {
        this.#streams.delete(id);
        if (reset) this.#send({ type: frameTypes.window, flags: flags.rst, stream: id, length: 0 });
      },
    };
    const stream = new MuxStream(this.#lastId, owner, handler);
    this.#streams.set(stream.id, stream);
    return stream;
  }

  /** Bytes from the peer, which the mux may keep. Throws GUEST_PROTOCOL, or GUEST_GONE when the peer goes away. */
  receive(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const left = chunk.length - at;
      if (this.#payload.left > 0) {
        const length = Math.min(left, this.#payload.left);
        this.#receivePayload(chunk.subarray(at, at + length));
        at += length;
      } else if (this.#headBytes === 0 && left >= frameHeadBytes) {
        this.#receiveHead(readFrameHead(chunk, at));
        at += frameHeadBytes;
      } else {
        const length = Math.min(left, frameHeadBytes - this.#headBytes);
        this.#head.set(chunk.subarray(at, at + length), this.#headBytes);
        this.#headBytes += length;
        at += length;
        if (this.#headBytes < frameHeadBytes) return;
        this.#headBytes = 0;
        this.#receiveHead(readFrameHead(this.#head, 0));
      }
    }
  }

  /** Answers that wait to be taken; a peer that makes them without taking any should not be read on. */
  get backlog(): number {
    return this.#control.length;
  }

  /** Fills the buffer (at least one largest frame) with frames to send; 0 when there is nothing to. */
  take(into: Uint8Array): number {
    const view = viewOf(into);
    let at = 0;
    while (this.#control.length > 0 && into.length - at >= frameHeadBytes) {
      const batch = this.#control.splice(0, Math.floor((into.length - at) / frameHeadBytes));
      for (const head of batch) {
        writeFrameHead(view, at, head);
        at += frameHeadBytes;
      }
    }
    for (const stream of this.#ready) {
      if (into.length - at < frameHeadBytes * 4) break;
      this.#ready.delete(stream);
      const filled = stream.fill(into, view, at);
      at = filled.at;
      // The next turn comes after all others that wait; a set is visited in the order of adding.
      if (filled.more) this.#ready.add(stream);
    }
    return at;
  }

  /** Asks the peer to end the session. */
  goAway(): void {
    this.#send({ type: frameTypes.goAway, flags: 0, stream: 0, length: 0 });
  }

  /** The session is over: every stream hears of it, nothing more is sent. Idempotent. */
  fail(error: BangerError): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    for (const stream of [...this.#streams.values()]) stream.fail(error);
    this.#ready.clear();
    this.#control = [];
  }

  #receiveHead(head: FrameHead): void {
    if (head.type === frameTypes.ping) {
      if ((head.flags & flags.ack) === 0) this.#send({ ...head, flags: flags.ack });
    } else if (head.type === frameTypes.goAway) {
      if (head.length !== 0) throw violation(`it ended the session with reason ${head.length}`);
      throw new BangerError("GUEST_GONE", "the guest's agent ended the session");
    } else {
      this.#receiveStreamHead(head);
    }
  }

  #receiveStreamHead(head: FrameHead): void {
    if ((head.flags & flags.syn) !== 0) throw violation("it opened a stream");
    if (head.stream % 2 === 0 || head.stream > this.#lastId)
      throw violation(`a frame of the unknown stream ${head.stream}`);
    // A stream that is over on this side may still have frames under way: those are dropped.
    this.#streams.get(head.stream)?.receive(head);
    const fin = (head.flags & flags.fin) !== 0;
    const length = head.type === frameTypes.data ? head.length : 0;
    this.#payload = { left: length, id: head.stream, fin };
    if (fin && length === 0) this.#streams.get(head.stream)?.receiveEnd();
  }

  #receivePayload(piece: Uint8Array): void {
    this.#payload.left -= piece.length;
    const { left, id, fin } = this.#payload;
    const sparse = piece.length * keepsAlive < piece.buffer.byteLength;
    this.#streams.get(id)?.receivePayload(sparse ? piece.slice() : piece);
    if (left === 0 && fin) this.#streams.get(id)?.receiveEnd();
  }

  #send(head: FrameHead): void {
    this.#control.push(head);
    this.wake();
  }
}
