// A small host side of docs/guest-protocol.md for the agent's own tests; written from the document alone.
import { connect, type Socket } from "node:net";
import { randomBytes } from "node:crypto";

export const enum Tag {
  exec = 0x01,
  fileGet = 0x02,
  filePut = 0x03,
  health = 0x04,
  ports = 0x05,
  dial = 0x06,
  shutdown = 0x07,
  sync = 0x08,
  clock = 0x09,
  waitBoot = 0x0a,
  stdin = 0x10,
  stdinEof = 0x11,
  resize = 0x12,
  signal = 0x13,
  data = 0x20,
  end = 0x21,
  started = 0x81,
  stdout = 0x82,
  stderr = 0x83,
  exit = 0x84,
  ok = 0x85,
  error = 0xff,
}

const window = 256 * 1024;

export function record(tag: number, body: Uint8Array | string | number = "", width = 4): Buffer {
  const bytes = typeof body === "number" ? integer(body, width) : Buffer.from(body as string);
  const head = Buffer.alloc(5);
  head.writeUInt8(tag, 0);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

export function integer(value: number | bigint, width: number): Buffer {
  const b = Buffer.alloc(8);
  b.writeBigUInt64BE(BigInt(value));
  return b.subarray(8 - width);
}

export function records(list: Buffer): { tag: number; body: Buffer }[] {
  const out = [];
  for (let at = 0; at < list.length;) {
    const n = list.readUInt32BE(at + 1);
    out.push({ tag: list.readUInt8(at), body: list.subarray(at + 5, at + 5 + n) });
    at += 5 + n;
  }
  return out;
}

export function field(list: Buffer, tag: number): Buffer {
  return records(list).find((r) => r.tag === tag)?.body ?? Buffer.alloc(0);
}

function frame(type: number, flags: number, stream: number, length: number): Buffer {
  const b = Buffer.alloc(12);
  b.writeUInt8(type, 1);
  b.writeUInt16BE(flags, 2);
  b.writeUInt32BE(stream, 4);
  b.writeUInt32BE(length, 8);
  return b;
}

export interface Message {
  tag: number;
  body: Buffer;
}

export class Stream {
  sendWindow = window;
  closed = false;
  paused = false;
  raw: ((bytes: Buffer) => void) | undefined;
  private parts: Buffer[] = [];
  private size = 0;
  private owed = 0;
  private queue: Message[] = [];
  private waiters: ((m: Message | undefined) => void)[] = [];
  private toSend: Buffer[] = [];
  private finWanted = false;

  constructor(
    readonly session: Session,
    readonly id: number,
  ) {}

  send(tag: number, body: Uint8Array | string = ""): void {
    this.sendRaw(record(tag, body));
  }

  sendRaw(bytes: Buffer): void {
    this.toSend.push(bytes);
    this.pump();
  }

  fin(): void {
    this.finWanted = true;
    this.pump();
  }

  reset(): void {
    this.session.write(frame(1, 8, this.id, 0));
    this.ended();
  }

  pump(): void {
    for (let b = this.toSend[0]; b && this.sendWindow > 0; b = this.toSend[0]) {
      const n = Math.min(b.length, this.sendWindow, 65536);
      this.session.write(Buffer.concat([frame(0, 0, this.id, n), b.subarray(0, n)]));
      this.sendWindow -= n;
      if (n === b.length) this.toSend.shift();
      else this.toSend[0] = b.subarray(n);
    }
    if (this.finWanted && this.toSend.length === 0) {
      this.finWanted = false;
      this.session.write(frame(1, 4, this.id, 0));
    }
  }

  got(bytes: Buffer): void {
    this.owed += bytes.length;
    if (!this.paused) this.credit();
    if (this.raw) return this.raw(bytes);
    this.parts.push(bytes);
    this.size += bytes.length;
    this.split();
  }

  resume(): void {
    this.paused = false;
    this.credit();
  }

  credit(): void {
    if (this.owed < window / 4 || this.closed) return;
    this.session.write(frame(1, 0, this.id, this.owed));
    this.owed = 0;
  }

  private split(): void {
    if (this.size < 5) return;
    let all = this.parts.length === 1 ? (this.parts[0] as Buffer) : Buffer.concat(this.parts);
    while (all.length >= 5 && all.length >= 5 + all.readUInt32BE(1)) {
      const n = all.readUInt32BE(1);
      const m = { tag: all.readUInt8(0), body: all.subarray(5, 5 + n) };
      all = all.subarray(5 + n);
      if (this.waiters.length) this.waiters.shift()?.(m);
      else this.queue.push(m);
    }
    this.parts = [all];
    this.size = all.length;
  }

  ended(): void {
    this.closed = true;
    for (const w of this.waiters.splice(0)) w(undefined);
  }

  next(): Promise<Message | undefined> {
    const m = this.queue.shift();
    if (m || this.closed) return Promise.resolve(m);
    return new Promise((resolve) => this.waiters.push(resolve));
  }
}

export class Session {
  hello: Buffer = Buffer.alloc(0);
  onGoAway: (() => void) | undefined;
  private streams = new Map<number, Stream>();
  private nextId = 1;
  private pending: Buffer = Buffer.alloc(0);
  private nonce = randomBytes(8);
  private state: "seek" | "run" = "seek";
  private ready!: () => void;
  readonly greeted = new Promise<void>((resolve) => (this.ready = resolve));

  constructor(
    readonly socket: Socket,
    readonly token: Buffer,
  ) {
    socket.on("data", (b) => this.input(b));
    socket.on("close", () => this.drop());
    socket.on("error", () => this.drop());
    this.write(Buffer.concat([token, this.nonce]));
  }

  static async open(path: string, token: Buffer): Promise<Session> {
    const socket = connect(path);
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    const s = new Session(socket, token);
    await s.greeted;
    return s;
  }

  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.socket.once("close", () => resolve());
      this.socket.destroy();
    });
  }

  stream(): Stream {
    const st = new Stream(this, this.nextId);
    this.streams.set(st.id, st);
    this.nextId += 2;
    this.write(frame(1, 1, st.id, 0));
    return st;
  }

  request(tag: number, body: Buffer | string = ""): Stream {
    const st = this.stream();
    st.send(tag, body);
    return st;
  }

  private drop(): void {
    for (const s of this.streams.values()) s.ended();
  }

  private input(bytes: Buffer): void {
    let all = this.pending.length ? Buffer.concat([this.pending, bytes]) : bytes;
    if (this.state === "seek") {
      const mark = Buffer.concat([this.token, this.nonce]);
      const at = all.indexOf(mark);
      const rest = all.subarray(at + mark.length);
      if (at < 0 || rest.length < 4 || rest.length < 4 + rest.readUInt16BE(2)) {
        this.pending = all;
        return;
      }
      this.hello = rest.subarray(4, 4 + rest.readUInt16BE(2));
      all = rest.subarray(4 + this.hello.length);
      this.state = "run";
      this.ready();
    }
    while (all.length >= 12) {
      const type = all.readUInt8(1);
      const length = all.readUInt32BE(8);
      const size = 12 + (type === 0 ? length : 0);
      if (all.length < size) break;
      this.frame(type, all.readUInt16BE(2), all.readUInt32BE(4), length, all.subarray(12, size));
      all = all.subarray(size);
    }
    this.pending = all;
  }

  private frame(type: number, flags: number, id: number, length: number, payload: Buffer): void {
    if (type === 3) this.onGoAway?.();
    const st = this.streams.get(id);
    if (!st || type > 1) return;
    if (type === 0) st.got(payload);
    else {
      st.sendWindow += length;
      st.pump();
    }
    if (flags & 12) {
      st.ended();
      if (flags & 4) st.fin();
    }
  }
}

export interface ExecResult {
  pid: number;
  out: string;
  err: string;
  code: number | undefined;
  signal: number | undefined;
  error: string | undefined;
}

export function execBody(argv: string[], more: Buffer[] = []): Buffer {
  return Buffer.concat([...argv.map((a) => record(1, a)), ...more]);
}

export async function collect(st: Stream): Promise<ExecResult> {
  const r: ExecResult = { pid: 0, out: "", err: "", code: undefined, signal: undefined, error: undefined };
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  for (let m = await st.next(); m; m = await st.next()) {
    if (m.tag === Tag.started) r.pid = m.body.readUInt32BE(0);
    if (m.tag === Tag.stdout) out.push(m.body);
    if (m.tag === Tag.stderr) err.push(m.body);
    if (m.tag === Tag.error) r.error = `${field(m.body, 1)}: ${field(m.body, 2)}`;
    if (m.tag === Tag.exit) {
      if (m.body[0] === 0) r.code = m.body[1];
      else r.signal = m.body[1];
    }
  }
  r.out = Buffer.concat(out).toString("latin1");
  r.err = Buffer.concat(err).toString("latin1");
  return r;
}

/** What the program has written when that text is there. */
export async function outputUntil(st: Stream, text: string): Promise<string> {
  let seen = "";
  while (!seen.includes(text)) {
    const m = await st.next();
    if (m === undefined) throw new Error(`no ${JSON.stringify(text)} in ${JSON.stringify(seen)}`);
    if (m.tag === Tag.stdout) seen += m.body.toString("latin1");
  }
  return seen;
}

export function exec(
  s: Session,
  argv: string[],
  more: Buffer[] = [],
  stdin?: string | Uint8Array,
): Promise<ExecResult> {
  const st = s.request(Tag.exec, execBody(argv, more));
  if (stdin !== undefined) {
    const bytes = Buffer.from(stdin as string);
    for (let at = 0; at < bytes.length; at += 60000) st.send(Tag.stdin, bytes.subarray(at, at + 60000));
    st.send(Tag.stdinEof);
  }
  return collect(st);
}
