import { rmSync } from "node:fs";
import {
  flags,
  frameHeadBytes,
  frameTypes,
  maxFrameBytes,
  readFrameHead,
  windowBytes,
  writeFrameHead,
} from "../../src/guest/frame.ts";
import { bytesOf, concat, record, recordHeadBytes, viewOf } from "../../src/guest/record.ts";

export interface Received {
  readonly tag: number;
  readonly body: Uint8Array;
}

/** The accepting end of one stream, just enough to play an agent. */
export class FakeStream {
  readonly messages: Received[] = [];
  sendWindow = windowBytes;
  ended = false;
  reset = false;
  /** After DIAL: what comes is bytes and no messages. */
  raw: ((piece: Uint8Array) => void) | null = null;
  onMessage: (message: Received) => void = () => undefined;
  #held: Uint8Array = new Uint8Array();
  #room = Promise.withResolvers<void>();
  #sending: Promise<void> = Promise.resolve();

  constructor(
    readonly id: number,
    readonly connection: FakeConnection,
  ) {}

  /** Sends bytes within the window, in frames, after what was sent before. */
  send(bytes: Uint8Array): Promise<void> {
    return (this.#sending = this.#sending.then(() => this.#send(bytes)));
  }

  async #send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      while (this.sendWindow === 0) await this.#room.promise;
      const length = Math.min(bytes.length - at, maxFrameBytes, this.sendWindow);
      this.sendWindow -= length;
      await this.connection.frame(frameTypes.data, 0, this.id, length, bytes.subarray(at, at + length));
      at += length;
    }
  }

  message(tag: number, ...body: readonly Uint8Array[]): Promise<void> {
    return this.send(record(tag, ...body));
  }

  async fin(): Promise<void> {
    await this.#sending;
    return this.connection.frame(frameTypes.window, flags.fin, this.id, 0);
  }

  credit(bytes: number): Promise<void> {
    return this.connection.frame(frameTypes.window, 0, this.id, bytes);
  }

  widen(bytes: number): void {
    this.sendWindow += bytes;
    this.#room.resolve();
    this.#room = Promise.withResolvers<void>();
  }

  /** Bytes of the host's; all but raw ones are given back at once. */
  take(piece: Uint8Array): void {
    if (this.raw !== null) return this.raw(piece);
    void this.credit(piece.length);
    this.#held = concat(this.#held, piece);
    while (this.raw === null && this.#held.length >= recordHeadBytes) {
      const end = recordHeadBytes + viewOf(this.#held).getUint32(1);
      if (this.#held.length < end) return;
      const message = { tag: this.#held[0]!, body: this.#held.subarray(recordHeadBytes, end) };
      this.#held = this.#held.slice(end);
      this.messages.push(message);
      this.onMessage(message);
    }
  }
}

/** One session of the fake agent's. */
export class FakeConnection {
  readonly streams = new Map<number, FakeStream>();
  /** Frames that belong to no stream: pings, go away. */
  readonly control: { readonly type: number; readonly flags: number; readonly length: number }[] = [];
  #held: Buffer = Buffer.alloc(0);
  #greeted = false;
  #queue: Promise<void> = Promise.resolve();
  #room: (() => void) | null = null;

  constructor(
    readonly socket: Bun.Socket,
    private readonly agent: FakeAgent,
  ) {}

  drained(): void {
    this.#room?.();
  }

  /** Writes bytes as they are; resolves when the socket has them. */
  write(bytes: Uint8Array): Promise<void> {
    return (this.#queue = this.#queue.then(async () => {
      for (let at = 0; at < bytes.length;) {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#room = resolve;
        const written = this.socket.write(bytes, at, bytes.length - at);
        if (written < 0) return;
        at += written;
        if (at < bytes.length) await promise;
      }
    }));
  }

  frame(type: number, frameFlags: number, stream: number, length: number, payload?: Uint8Array): Promise<void> {
    const head = new Uint8Array(frameHeadBytes);
    writeFrameHead(viewOf(head), 0, { type, flags: frameFlags, stream, length });
    return this.write(payload === undefined ? head : concat(head, payload));
  }

  receive(chunk: Uint8Array): void {
    this.#held = this.#held.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#held, chunk]);
    if (!this.#greeted) this.#greet();
    while (this.#greeted && this.#held.length >= frameHeadBytes) {
      const head = readFrameHead(this.#held, 0);
      const end = frameHeadBytes + (head.type === frameTypes.data ? head.length : 0);
      if (this.#held.length < end) return;
      const payload = this.#held.subarray(frameHeadBytes, end);
      this.#held = this.#held.subarray(end);
      if (head.stream === 0) this.control.push(head);
      else this.#streamFrame(head.stream, head.type, head.flags, head.length, payload);
    }
  }

  #greet(): void {
    const { token, hello, stale } = this.agent.options;
    const at = this.#held.indexOf(token);
    if (at < 0 || this.#held.length < at + 24) return;
    const mark = Buffer.from(this.#held.subarray(at, at + 24));
    this.#held = this.#held.subarray(at + 24);
    this.#greeted = true;
    if (stale !== undefined) void this.write(stale);
    const list = hello ?? helloList;
    void this.write(concat(mark, bytesOf.u16(1), bytesOf.u16(list.length), list));
    this.agent.options.greeted?.(this);
  }

  #streamFrame(id: number, type: number, frameFlags: number, length: number, payload: Uint8Array): void {
    let stream = this.streams.get(id);
    if (stream === undefined) {
      stream = new FakeStream(id, this);
      this.streams.set(id, stream);
      stream.onMessage = (request) => this.agent.options.serve?.(stream!, request);
    }
    if (type === frameTypes.window) stream.widen(length);
    if ((frameFlags & flags.rst) !== 0) stream.reset = true;
    if (payload.length > 0 && type === frameTypes.data) stream.take(payload);
    if ((frameFlags & flags.fin) !== 0) stream.ended = true;
  }
}

export const helloList = concat(
  record(1, bytesOf.text("0.0.0-fake")),
  record(2, bytesOf.text("11111111-2222-3333-4444-555555555555")),
  record(3, bytesOf.u64(1234n)),
  record(4, bytesOf.u8(1)),
);

export interface FakeAgentOptions {
  readonly token: Uint8Array;
  /** In place of a well-formed hello. */
  readonly hello?: Uint8Array;
  /** Bytes of an earlier session, sent before the mark's answer. */
  readonly stale?: Uint8Array;
  readonly greeted?: (connection: FakeConnection) => void;
  /** The first message of each stream. Set `onMessage` or `raw` for what follows. */
  readonly serve?: (stream: FakeStream, request: Received) => unknown;
}

/** An agent that says what a test wants, over a real unix socket. */
export class FakeAgent {
  readonly connections: FakeConnection[] = [];
  readonly #listener: Bun.UnixSocketListener<undefined>;

  constructor(
    path: string,
    readonly options: FakeAgentOptions,
  ) {
    rmSync(path, { force: true });
    const of = (socket: Bun.Socket): FakeConnection | undefined => this.connections.find((c) => c.socket === socket);
    this.#listener = Bun.listen({
      unix: path,
      socket: {
        open: (socket) => void this.connections.push(new FakeConnection(socket, this)),
        data: (socket, chunk) => of(socket)?.receive(chunk),
        drain: (socket) => of(socket)?.drained(),
        error: () => undefined,
      },
    });
  }

  stop(): void {
    this.#listener.stop(true);
  }
}
