import type { GuestConnection } from "../core/api/guest.ts";
import { cancelled, errorOf, openExchange, textField } from "./exchange.ts";
import { Inbox } from "./inbox.ts";
import { tags } from "./messages.ts";
import type { Mux } from "./mux.ts";
import { bytesOf, concat, record, violation } from "./record.ts";

export type DialTarget = { readonly host: string; readonly port: number } | { readonly path: string };

/** Resolves when the agent has connected; from then on the stream is the connection. */
export function dialGuest(mux: Mux, target: DialTarget): Promise<GuestConnection> {
  return new Promise((resolve, reject) => {
    const inbox = new Inbox(
      (bytes) => stream.credit(bytes),
      () => undefined,
    );
    let connected = false;
    const close = (): void => {
      inbox.end();
      stream.reset(cancelled());
    };
    const { stream, reader } = openExchange(mux, tags.dial, encodeTarget(target), {
      message(tag, body) {
        if (tag !== tags.ok) {
          reject(errorOf(tag, body));
          stream.finish();
          return;
        }
        connected = true;
        reader.stop();
        resolve({
          async *read() {
            for await (const { data } of inbox) yield data;
          },
          write: (data) => stream.write(data),
          end: async () => stream.end(),
          close,
        });
      },
      bulk() {
        throw violation("bytes in place of an answer");
      },
      raw: (piece) => (connected ? inbox.push(0, piece) : undefined),
      ended() {
        inbox.end();
        reject(violation("a request without an answer"));
      },
      lost(error) {
        inbox.fail(error);
        reject(error);
      },
    });
  });
}

function encodeTarget(target: DialTarget): Uint8Array {
  if ("path" in target) return textField(3, target.path);
  return concat(textField(1, target.host), record(2, bytesOf.u16(target.port)));
}
