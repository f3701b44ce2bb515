import { maxLine, type Message, messageSchema, rootRef } from "./message.ts";
import { decode, decodeError, encode, encodeError, nonsense, type Exporter, type Importer } from "./values.ts";

type Fn = (...args: never[]) => unknown;

/** Stands for things of ours that the other side was given and that are taken back together. */
export type Scope = symbol;

interface Held {
  readonly fn: Fn;
  readonly scope: Scope;
  readonly idle: boolean;
}

export interface PeerOptions {
  send(line: string): void;
  /** Answers what the other side asks by name. */
  root(name: string, ...args: unknown[]): unknown;
  /** The other side does not keep to the protocol: nothing more is read from it. */
  broken(why: string): void;
}

/** How much of ours the other side may hold, and have under way, at once. */
const maxHeld = 20_000;
const maxUnderWay = 5000;
/** Bytes of what it has asked for and is not answered yet. */
const maxPending = 128 * 2 ** 20;

/** One end of the line between the daemon and a plugin's process. Both ends are alike, and either calls the other's functions. */
export class Peer {
  readonly #functions = new Map<number, Held>();
  readonly #refs = new Map<Scope, Set<number>>();
  readonly #signals = new Map<number, AbortController>();
  readonly #answers = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #underWay = new Map<Promise<unknown>, Held | undefined>();
  readonly #own: Scope = Symbol("own");
  #next = 1;
  #partial: Uint8Array[] = [];
  #partialBytes = 0;
  #pendingBytes = 0;
  #closed: Error | null = null;

  constructor(private readonly options: PeerOptions) {
    this.#functions.set(rootRef, {
      fn: (name: string, ...args: unknown[]) => options.root(name, ...args),
      scope: this.#own,
      idle: false,
    });
  }

  /** Asks the other side by name. What is handed over with it belongs to the scope. */
  ask(name: string, args: readonly unknown[], scope: Scope = this.#own): Promise<unknown> {
    return this.#call(rootRef, [name, ...args], scope);
  }

  release(scope: Scope): void {
    const refs = [...(this.#refs.get(scope) ?? [])];
    this.#refs.delete(scope);
    for (const ref of refs) this.#functions.delete(ref);
    for (let at = 0; at < refs.length; at += 1000) this.#send({ k: "gone", refs: refs.slice(at, at + 1000) });
  }

  /** Takes what has arrived. */
  receive(data: Uint8Array): void {
    let rest = data;
    for (let end = rest.indexOf(10); end !== -1 && this.#closed === null; end = rest.indexOf(10)) {
      const line = Buffer.concat([...this.#partial, rest.subarray(0, end)]);
      this.#partial = [];
      this.#partialBytes = 0;
      rest = rest.subarray(end + 1);
      this.#line(line);
    }
    if (rest.length === 0 || this.#closed !== null) return;
    this.#partial.push(new Uint8Array(rest));
    this.#partialBytes += rest.length;
    if (this.#partialBytes > maxLine) this.#break(`sent a line of more than ${maxLine / 2 ** 20} MiB`);
  }

  /** The other side is gone: what was asked of it fails with this, what it had asked for is aborted. Idempotent. */
  close(error: Error): void {
    if (this.#closed !== null) return;
    this.#closed = error;
    this.#functions.clear();
    for (const { reject } of this.#answers.values()) reject(error);
    this.#answers.clear();
    for (const controller of this.#signals.values()) controller.abort(error);
    this.#signals.clear();
  }

  /** Once the other side is gone: resolves when nothing of what it had asked to be done is under way any more. At once while it is there. */
  async settled(): Promise<void> {
    while (this.#closed !== null) {
      const busy = [...this.#underWay].filter(([, held]) => held?.idle !== true).map(([work]) => work);
      if (busy.length === 0) return;
      await Promise.allSettled(busy);
    }
  }

  #call(to: number, args: readonly unknown[], scope: Scope): Promise<unknown> {
    if (this.#closed !== null) return Promise.reject(this.#closed);
    const id = this.#next++;
    const answer = Promise.withResolvers<unknown>();
    // Who calls for nothing but the effect does not look at what becomes of it.
    answer.promise.catch(() => {});
    try {
      const encoded = args.map((arg) => encode(arg, this.#exporter(scope)));
      this.#answers.set(id, answer);
      this.#send({ k: "call", id, to, args: encoded });
    } catch (thrown) {
      this.#answers.delete(id);
      answer.reject(thrown);
    }
    return answer.promise;
  }

  #line(line: Buffer): void {
    const parsed = messageSchema.safeParse(readJson(line));
    if (!parsed.success) return this.#break("sent what is no message");
    const message = parsed.data;
    switch (message.k) {
      case "call":
        return this.#serve(message, line.length);
      case "ok":
      case "fail":
        return this.#answered(message);
      case "abort":
        this.#signals.get(message.ref)?.abort(decodeError(message.reason));
        this.#signals.delete(message.ref);
        return;
      case "drop":
        for (const ref of message.refs) this.#drop(ref);
        return;
      case "gone":
        for (const ref of message.refs) this.#signals.delete(ref);
    }
  }

  #serve({ id, to, args }: Extract<Message, { k: "call" }>, size: number): void {
    if (this.#underWay.size >= maxUnderWay) return this.#break(`asked for more than ${maxUnderWay} things at once`);
    if (this.#pendingBytes + size > maxPending)
      return this.#break(`asked for more than ${maxPending / 2 ** 20} MiB at once`);
    this.#pendingBytes += size;
    const held = this.#functions.get(to);
    const work = (async () => {
      if (held === undefined) throw nonsense("what is called is not there any more");
      const value = await held.fn(...(args.map((arg) => decode(arg, this.#importer)) as never[]));
      return encode(value, this.#exporter(held.scope));
    })();
    const told = work.then(
      (value) => this.#send({ k: "ok", id, value }),
      (thrown: unknown) => this.#send({ k: "fail", id, error: encodeError(thrown) }),
    );
    this.#underWay.set(told, held);
    void told.finally(() => {
      this.#underWay.delete(told);
      this.#pendingBytes -= size;
    });
  }

  #answered(message: Extract<Message, { k: "ok" | "fail" }>): void {
    const answer = this.#answers.get(message.id);
    this.#answers.delete(message.id);
    if (answer === undefined) return this.#break("answered what was not asked");
    if (message.k === "fail") return answer.reject(decodeError(message.error));
    try {
      answer.resolve(decode(message.value, this.#importer));
    } catch (thrown) {
      answer.reject(thrown);
    }
  }

  #drop(ref: number): void {
    const held = this.#functions.get(ref);
    if (held === undefined || ref === rootRef) return;
    this.#functions.delete(ref);
    this.#refs.get(held.scope)?.delete(ref);
  }

  #exporter(scope: Scope): Exporter {
    const number = (): number => {
      if (this.#functions.size >= maxHeld) throw nonsense(`more than ${maxHeld} things are held by the other side`);
      const ref = this.#next++;
      const refs = this.#refs.get(scope) ?? new Set();
      this.#refs.set(scope, refs.add(ref));
      return ref;
    };
    return {
      fn: (fn, idle = false) => {
        const ref = number();
        this.#functions.set(ref, { fn, scope, idle });
        return ref;
      },
      signal: (signal) => {
        const ref = number();
        const tell = (): void => this.#send({ k: "abort", ref, reason: encodeError(signal.reason) });
        signal.addEventListener("abort", tell, { once: true });
        return ref;
      },
    };
  }

  /** Functions of the other side are dropped there once nobody here can call them any more. */
  readonly #forgotten = new FinalizationRegistry<number>((ref) => {
    this.#send({ k: "drop", refs: [ref] });
  });

  readonly #importer: Importer = {
    fn: (ref) => {
      const proxy = (...args: unknown[]): Promise<unknown> => this.#call(ref, args, this.#own);
      this.#forgotten.register(proxy, ref);
      return proxy;
    },
    signal: (ref, reason) => {
      const controller = new AbortController();
      if (reason !== undefined) controller.abort(decodeError(reason));
      else if (this.#closed !== null) controller.abort(this.#closed);
      else if (this.#signals.size >= maxHeld) throw nonsense("too many signals");
      else this.#signals.set(ref, controller);
      return controller.signal;
    },
  };

  #send(message: Message): void {
    if (this.#closed === null) this.options.send(`${JSON.stringify(message)}\n`);
  }

  #break(why: string): void {
    if (this.#closed === null) this.options.broken(why);
  }
}

function readJson(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString("utf8"));
  } catch {
    return undefined;
  }
}
