import { BangerError } from "../../../core/api/errors.ts";
import type { Json, JsonObject } from "../../../core/api/json.ts";
import { LineReader } from "./line-reader.ts";

export interface QmpEvent {
  readonly name: string;
  readonly data: JsonObject;
}

export interface QmpOptions {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: QmpEvent) => void;
}

interface Waiting {
  resolve(value: Json): void;
  reject(error: BangerError): void;
}

/** What QEMU sends is at most this long, in bytes a line. */
const maxLineBytes = 1 << 20;

/**
 * QEMU's machine protocol (JSON lines) on its unix socket. QEMU holds a hostile guest, so nothing it sends is believed: a line that is too
 * long or makes no sense ends the connection. Every error is VMM_FAILED.
 */
export class Qmp {
  readonly #waiting = new Map<number, Waiting>();
  readonly #greeted = Promise.withResolvers<Json>();
  readonly #lines = new LineReader(maxLineBytes, (line) => this.#receive(line));
  #socket: Bun.Socket | null = null;
  #unsent: Uint8Array = new Uint8Array();
  #lastId = 0;
  #ended: BangerError | null = null;

  private constructor(private readonly onEvent: (event: QmpEvent) => void) {
    this.#greeted.promise.catch(() => {});
  }

  /** Connects, and resolves when QEMU's main loop takes commands. Throws what `connect` of a socket throws, or VMM_FAILED. */
  static async open(path: string, { signal, onEvent = () => {} }: QmpOptions = {}): Promise<Qmp> {
    signal?.throwIfAborted();
    const qmp = new Qmp(onEvent);
    const gone = (): void => qmp.#end("its connection was closed");
    qmp.#socket = await Bun.connect({
      unix: path,
      socket: {
        data: (_, bytes) => qmp.#take(bytes),
        drain: () => qmp.#flush(),
        close: gone,
        error: gone,
      },
    });
    const abort = (): void => qmp.close();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await qmp.#greeted.promise;
      await qmp.execute("qmp_capabilities");
      return qmp;
    } catch (thrown) {
      qmp.close();
      signal?.throwIfAborted();
      throw thrown;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** What the command returns. */
  async execute(command: string, args: JsonObject = {}): Promise<Json> {
    if (this.#ended !== null) throw this.#ended;
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<Json>();
    this.#waiting.set(id, answer);
    const line = new TextEncoder().encode(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    this.#unsent = Buffer.concat([this.#unsent, line]);
    this.#flush();
    return answer.promise.catch((error: unknown) => {
      throw error instanceof BangerError ? error.with({ detail: [`command: ${command}`] }) : error;
    });
  }

  close(): void {
    this.#end("its connection was given up");
  }

  #flush(): void {
    if (this.#unsent.length === 0 || this.#socket === null) return;
    const sent = this.#socket.write(this.#unsent);
    if (sent > 0) this.#unsent = this.#unsent.subarray(sent);
  }

  #take(bytes: Uint8Array): void {
    if (this.#ended !== null) return;
    try {
      this.#lines.push(bytes);
    } catch (thrown) {
      this.#end(thrown instanceof Error ? thrown.message : String(thrown));
    }
  }

  #receive(line: string): void {
    const message = parse(line);
    if (typeof message["event"] === "string") {
      this.onEvent({ name: message["event"], data: isObject(message["data"]) ? message["data"] : {} });
    } else if (message["QMP"] !== undefined) {
      this.#greeted.resolve(null);
    } else {
      this.#answer(message);
    }
  }

  #answer({ id, error, return: value }: JsonObject): void {
    const waiting = typeof id === "number" ? this.#waiting.get(id) : undefined;
    if (waiting === undefined) throw new Error("it answered what was not asked");
    this.#waiting.delete(id as number);
    if (error === undefined) return waiting.resolve(value ?? null);
    const why = isObject(error) && typeof error["desc"] === "string" ? error["desc"] : "no reason given";
    waiting.reject(new BangerError("VMM_FAILED", `QEMU refused: ${why}`));
  }

  #end(why: string): void {
    if (this.#ended !== null) return;
    this.#ended = new BangerError("VMM_FAILED", `QEMU's control socket cannot be used: ${why}`);
    this.#socket?.terminate();
    this.#greeted.reject(this.#ended);
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}

function parse(line: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error("it sent a line that is not JSON");
  }
  if (isObject(value)) return value;
  throw new Error("it sent a line that is not an object");
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
