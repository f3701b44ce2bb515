import type { BangerError } from "../core/api/errors.ts";
import type { Guest, GuestFileInfo } from "../core/api/guest.ts";
import { cancelled, errorOf, openExchange, textField } from "./exchange.ts";
import { Inbox } from "./inbox.ts";
import { tags } from "./messages.ts";
import type { Mux } from "./mux.ts";
import { bytesOf, concat, Fields, record, violation } from "./record.ts";

/** Resolves with the file's facts; its bytes are pulled. Leaving them early ends the transfer. */
export function readGuestFile(mux: Mux, path: string): ReturnType<Guest["readFile"]> {
  return new Promise((resolve, reject) => {
    let state: "asked" | "reading" | "over" = "asked";
    const inbox = new Inbox(
      (bytes) => stream.credit(bytes),
      () => {
        state = "over";
        stream.reset(cancelled());
      },
    );
    const { stream } = openExchange(mux, tags.fileGet, textField(1, path), {
      message(tag, body) {
        if (state === "over") throw violation("a message after a file's end");
        if (tag === tags.ok && state === "asked") {
          state = "reading";
          resolve({ info: readInfo(body), data: bytesIn(inbox) });
        } else if (tag === tags.end && state === "reading") {
          over(null);
          stream.finish();
        } else {
          over(errorOf(tag, body));
          stream.finish();
        }
      },
      bulk(tag, piece) {
        if (state !== "reading" || tag !== tags.data) throw violation("bytes of no file");
        inbox.push(tag, piece);
      },
      ended() {
        if (state !== "over") throw violation("a file without an end");
      },
      lost: (error) => over(error),
    });
    const over = (error: BangerError | null): void => {
      state = "over";
      if (error === null) return inbox.end();
      inbox.fail(error);
      reject(error);
    };
  });
}

async function* bytesIn(inbox: Inbox): AsyncGenerator<Uint8Array, void, void> {
  for await (const { data } of inbox) yield data;
}

function readInfo(body: Uint8Array): GuestFileInfo {
  const fields = new Fields(body, "a file's description");
  return {
    size: fields.u64(1),
    mode: fields.u32(2),
    mtimeMs: Number(fields.bigU64(3) / 1_000_000n),
    uid: fields.u32(4),
    gid: fields.u32(5),
  };
}

type PutOptions = Parameters<Guest["writeFile"]>[2];

/** Streams a file into the guest; an error of `data` is thrown as it is and leaves the old file. */
export async function writeGuestFile(
  mux: Mux,
  path: string,
  data: AsyncIterable<Uint8Array>,
  options: PutOptions,
): Promise<void> {
  const answer = Promise.withResolvers<void>();
  // It is waited for at every step below; in between it may fail unseen.
  answer.promise.catch(() => undefined);
  let answered = false;
  const { stream } = openExchange(mux, tags.filePut, encodePut(path, options), {
    message(tag, body) {
      if (answered) throw violation("a message after the answer");
      answered = true;
      if (tag === tags.ok) answer.resolve();
      else answer.reject(errorOf(tag, body));
      stream.finish();
    },
    bulk() {
      throw violation("bytes in place of an answer");
    },
    ended() {
      if (!answered) throw violation("a request without an answer");
    },
    lost: (error) => answer.reject(error),
  });
  const failed = answer.promise.then(() => {
    throw violation("a file was taken before its end");
  });
  failed.catch(() => undefined);
  const source = data[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([source.next(), failed]);
      if (next.done === true) break;
      await Promise.race([stream.write(next.value, tags.data), failed]);
    }
    await stream.write(record(tags.end));
    await answer.promise;
  } catch (error) {
    if (!answered) stream.reset(cancelled());
    // Not waited for: a source that is stuck would hide the error.
    source.return?.().catch(() => undefined);
    throw error;
  }
}

function encodePut(path: string, options: PutOptions): Uint8Array {
  return concat(
    textField(1, path),
    record(2, bytesOf.u32(options.mode)),
    record(3, bytesOf.u32(options.uid)),
    record(4, bytesOf.u32(options.gid)),
    record(5, bytesOf.u8(options.makeParents === true ? 1 : 0)),
  );
}
