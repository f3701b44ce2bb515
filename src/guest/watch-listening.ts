import type { BangerError } from "../core/api/errors.ts";
import type { ListeningPort } from "../core/api/guest.ts";
import { cancelled, errorOf, openExchange } from "./exchange.ts";
import { tags } from "./messages.ts";
import type { Mux } from "./mux.ts";
import { Fields, readList, violation } from "./record.ts";

/** What one LISTENING may carry. */
const maxPorts = 4096;

/** See Guest.watchListening. Only the newest state is kept for the consumer. */
export async function* watchListening(mux: Mux, signal?: AbortSignal): AsyncGenerator<readonly ListeningPort[]> {
  const ended = (): boolean => signal?.aborted === true;
  if (ended()) return;
  let newest: readonly ListeningPort[] | null = null;
  let over: BangerError | null = null;
  let wake: (() => void) | null = null;
  const { stream } = openExchange(mux, tags.watchListening, new Uint8Array(), {
    message(tag, body) {
      if (tag === tags.listening) newest = readListening(body);
      else {
        over = errorOf(tag, body);
        stream.finish();
      }
      wake?.();
    },
    bulk() {
      throw violation("bytes in place of ports");
    },
    ended() {
      if (over === null) throw violation("a watch that ends by itself");
    },
    lost(error) {
      over ??= error;
      wake?.();
    },
  });
  const abort = (): void => wake?.();
  signal?.addEventListener("abort", abort);
  try {
    for (;;) {
      if (ended()) return;
      const state = newest as readonly ListeningPort[] | null;
      if (state !== null) {
        newest = null;
        yield state;
      } else if (over !== null) throw over as BangerError;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal?.removeEventListener("abort", abort);
    if (over === null) stream.reset(cancelled(signal));
  }
}

/** Throws GUEST_PROTOCOL. */
function readListening(list: Uint8Array): readonly ListeningPort[] {
  const ports = readList(list).filter(({ tag }) => tag === 1);
  if (ports.length > maxPorts) throw violation(`${ports.length} listening ports`);
  return ports.map(({ body }) => {
    const fields = new Fields(body, "a listening port");
    return { address: fields.text(1, 64), port: fields.u16(2) };
  });
}
