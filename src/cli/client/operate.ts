import type { Emit } from "../../core/api/events.ts";
import type { Method, OperationResult } from "../../rpc/client.ts";
import type { Args } from "../command.ts";
import type { Context } from "../context.ts";

type Session = Pick<Context<Args>, "daemon" | "io" | "reporter">;

/** Long work in the daemon with its progress shown. Ctrl-C cancels it: what it had done is undone, then CANCELLED is thrown. */
export function operate<T>(session: Session, method: Method, path: string, body?: object): Promise<OperationResult<T>> {
  return cancellable(session, (signal) =>
    session.daemon.events<T>(method, path, body, { onEvent: (event) => session.reporter.event(event), signal }),
  );
}

/** Runs work that SIGINT, SIGTERM and SIGHUP abort. A second one ends the process where it is: the daemon goes on undoing. */
export async function cancellable<T>({ io, reporter }: Session, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const restore = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) => {
    const release = io.onSignal(signal, () => {
      release();
      if (abort.signal.aborted) return;
      reporter.event({ type: "notice", level: "info", message: "cancelling: what was set up is being undone" });
      abort.abort();
    });
    return release;
  });
  try {
    return await work(abort.signal);
  } finally {
    for (const release of restore) release();
  }
}

export type Action<T> = (reference: string, onEvent: Emit, signal: AbortSignal) => Promise<T>;
