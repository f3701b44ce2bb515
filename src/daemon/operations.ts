import { asBangerError, BangerError } from "../core/api/errors.ts";
import type { Emit, OperationEvent, ProgressEvent } from "../core/api/events.ts";
import type { Json } from "../core/api/json.ts";
import type { LogLevel } from "../core/config/config.ts";
import type { OperationInfo } from "../rpc/protocol.ts";

/** Long work under an id that every log line, event stream and error of it carries. */
export interface Operation {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly signal: AbortSignal;
  readonly emit: Emit;
}

interface Running extends Operation {
  readonly abort: AbortController;
}

export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, Json>>) => void;

type Sink = (event: OperationEvent) => void;
type Work = (operation: Operation) => Promise<Json>;

/** The operations under way. */
export class Operations {
  readonly #running = new Map<string, Running>();
  readonly #work = new Set<Promise<void>>();

  constructor(
    private readonly log: Log,
    private readonly now: () => number = Date.now,
  ) {}

  list(): readonly OperationInfo[] {
    return [...this.#running.values()].map(({ id, kind, subject, startedAt }) => ({
      id,
      kind,
      subject,
      startedAt: new Date(startedAt).toISOString(),
    }));
  }

  /** Cancels an operation; one that is over already is fine. */
  cancel(id: string, why = "cancelled"): void {
    this.#running.get(id)?.abort.abort(new BangerError("CANCELLED", why));
  }

  cancelAll(why: string): void {
    for (const id of this.#running.keys()) this.cancel(id, why);
  }

  /** Resolves when every operation that runs now is over. */
  async settled(): Promise<void> {
    await Promise.all(this.#work);
  }

  /** Runs work as an operation: its progress goes to `sink`, and its end (`result` or `error`) is the last event. Never throws. */
  async run(kind: string, subject: string, sink: Sink, work: Work, id = operationId()): Promise<void> {
    const running = this.#run(kind, subject, sink, work, id);
    this.#work.add(running);
    await running;
    this.#work.delete(running);
  }

  async #run(kind: string, subject: string, sink: Sink, work: Work, id: string): Promise<void> {
    const abort = new AbortController();
    // Who took part may go on telling after the end.
    const emit = (event: ProgressEvent): void => void (this.#running.has(id) && sink(event));
    const operation: Running = { id, kind, subject, startedAt: this.now(), signal: abort.signal, emit, abort };
    this.#running.set(id, operation);
    try {
      const value = await work(operation);
      this.log("info", `${kind} done`, { operation: id, subject, ms: this.now() - operation.startedAt });
      this.#running.delete(id);
      sink({ type: "result", value });
    } catch (thrown) {
      const error = asBangerError(thrown).with({ operation: id });
      this.log("error", `${kind} failed: ${error.message}`, {
        operation: id,
        subject,
        code: error.code,
        ...(error.detail.length > 0 && { detail: error.detail }),
        ...(error.code === "INTERNAL" && { stack: error.stack ?? "" }),
      });
      this.#running.delete(id);
      sink({ type: "error", error: error.toJSON() as unknown as Json });
    }
  }
}

/** For what is told of a VM outside of any operation. */
export function noticesTo(log: Log, name: string): Emit {
  return (event) => {
    if (event.type === "notice") log(event.level === "info" ? "info" : "warn", `${name}: ${event.message}`);
  };
}

/** `op-` and six characters that are hard to confuse. */
export function operationId(): string {
  const alphabet = "23456789abcdefghjkmnpqrstuvwxyz";
  return `op-${Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => alphabet[byte % alphabet.length]).join("")}`;
}
