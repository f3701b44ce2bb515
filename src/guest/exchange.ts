import { BangerError } from "../core/api/errors.ts";
import { MessageReader, type MessageSink } from "./message-reader.ts";
import { maxMessageBytes, tags } from "./messages.ts";
import type { Mux } from "./mux.ts";
import type { MuxStream } from "./mux-stream.ts";
import { bytesOf, Fields, record, violation } from "./record.ts";

/** The answering side of a request's stream. What it throws ends the session. */
export interface ExchangeHandler extends MessageSink {
  /** Bytes after `reader.stop()`. */
  raw?(piece: Uint8Array): void;
  /** The agent has half-closed. */
  ended(): void;
  /** The stream was reset or the session is over. */
  lost(error: BangerError): void;
}

export interface Exchange {
  readonly stream: MuxStream;
  readonly reader: MessageReader;
}

/** Opens a stream and sends a request. Messages are given back to the window at once, bulk and raw bytes by the handler. */
export function openExchange(mux: Mux, tag: number, body: Uint8Array, handler: ExchangeHandler): Exchange {
  if (body.length > maxMessageBytes) {
    throw new BangerError("GUEST_ERROR", `the request is ${body.length} bytes long, ${maxMessageBytes} are allowed`);
  }
  let bulk = 0;
  const reader = new MessageReader({
    message: (tag, body) => handler.message(tag, body),
    bulk(tag, piece) {
      bulk += piece.length;
      handler.bulk(tag, piece);
    },
  });
  const stream = mux.open({
    data(piece) {
      bulk = 0;
      const used = reader.feed(piece);
      stream.credit(used - bulk);
      if (used < piece.length) handler.raw?.(piece.subarray(used));
    },
    end() {
      if (!reader.whole) throw violation("a stream ended in the middle of a message");
      handler.ended();
    },
    lost: (error) => handler.lost(error),
  });
  // Who waits for the answer hears of a failure; the write itself is nobody's.
  stream.write(record(tag, body)).catch(() => undefined);
  return { stream, reader };
}

/** A request that is answered by one OK; resolves with its list. Aborting forgets the request. */
export function call(mux: Mux, tag: number, body: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(cancelled(signal));
    let answered = false;
    const { stream } = openExchange(mux, tag, body, {
      message(tag, body) {
        if (answered) throw violation("a message after the answer");
        answered = true;
        if (tag === tags.ok) resolve(body.slice());
        else reject(errorOf(tag, body));
        finish();
      },
      bulk() {
        throw violation("bytes in place of an answer");
      },
      ended() {
        if (!answered) throw violation("a request without an answer");
      },
      lost(error) {
        reject(error);
        signal?.removeEventListener("abort", abort);
      },
    });
    const abort = (): void => {
      reject(cancelled(signal));
      stream.reset(cancelled(signal));
    };
    const finish = (): void => {
      signal?.removeEventListener("abort", abort);
      stream.finish();
    };
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/** The error that an ERROR message carries; throws GUEST_PROTOCOL for any other tag. */
export function errorOf(tag: number, body: Uint8Array): BangerError {
  if (tag !== tags.error) throw violation(`an unexpected message 0x${tag.toString(16)}`);
  const fields = new Fields(body, "an error");
  const code = fields.text(1, 32);
  const message = fields.text(2, 1000);
  if (code === "NOT_FOUND") return new BangerError("GUEST_NOT_FOUND", message);
  if (code === "NOT_EXECUTABLE") return new BangerError("GUEST_NOT_EXECUTABLE", message);
  return new BangerError("GUEST_ERROR", message);
}

export function cancelled(signal?: AbortSignal): BangerError {
  return new BangerError("CANCELLED", "cancelled", { cause: signal?.reason });
}

/** A path, an argument or the like as a record; the guest's system calls could not take a NUL. */
export function textField(tag: number, value: string): Uint8Array {
  if (value.includes("\0"))
    throw new BangerError("BAD_REQUEST", `${JSON.stringify(value.slice(0, 80))} contains a NUL`);
  return record(tag, bytesOf.text(value));
}
