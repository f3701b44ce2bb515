import type { BangerError } from "../core/api/errors.ts";
import type { ExecRequest, ExitStatus, GuestProcess } from "../core/api/guest.ts";
import { cancelled, errorOf, openExchange, textField } from "./exchange.ts";
import { Inbox } from "./inbox.ts";
import { tags } from "./messages.ts";
import type { Mux } from "./mux.ts";
import type { MuxStream } from "./mux-stream.ts";
import { bytesOf, concat, record, viewOf, violation } from "./record.ts";

/** Starts a program: resolves at STARTED. The signal hangs up, before that and after. */
export function startProcess(mux: Mux, request: ExecRequest, signal?: AbortSignal): Promise<GuestProcess> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(cancelled(signal));
    const exit = Promise.withResolvers<ExitStatus>();
    // Nobody has to wait for the end of a program.
    exit.promise.catch(() => undefined);
    const output = new Inbox(
      (bytes) => stream.credit(bytes),
      () => undefined,
    );
    let state: "starting" | "running" | "over" = "starting";

    const { stream } = openExchange(mux, tags.exec, encodeExec(request), {
      message(tag, body) {
        if (state === "over") throw violation("a message after a program's end");
        if (tag === tags.started && state === "starting" && body.length === 4) {
          state = "running";
          resolve(processOf(stream, viewOf(body).getUint32(0), output, exit.promise, hangUp));
        } else if (tag === tags.exit && state === "running") {
          exit.resolve(readExit(body));
          over(null);
          stream.finish();
        } else {
          over(errorOf(tag, body));
          stream.finish();
        }
      },
      bulk(tag, piece) {
        if (state !== "running" || tag === tags.data) throw violation("output of a program that does not run");
        output.push(tag, piece);
      },
      ended() {
        if (state !== "over") throw violation("a program without an end");
      },
      lost: (error) => over(error),
    });

    const over = (error: BangerError | null): void => {
      state = "over";
      signal?.removeEventListener("abort", hangUp);
      if (error === null) return output.end();
      output.fail(error);
      reject(error);
      exit.reject(error);
    };
    const hangUp = (): void => {
      if (state === "over") return;
      over(cancelled(signal));
      stream.reset(cancelled(signal));
    };
    signal?.addEventListener("abort", hangUp, { once: true });
  });
}

function processOf(
  stream: MuxStream,
  pid: number,
  output: Inbox,
  exit: Promise<ExitStatus>,
  close: () => void,
): GuestProcess {
  return {
    pid,
    exit,
    close,
    async *output() {
      for await (const { tag, data } of output) yield { stream: tag === tags.stdout ? "stdout" : "stderr", data };
    },
    writeStdin: (data) => stream.write(data, tags.stdin),
    endStdin: () => stream.write(record(tags.stdinEof)),
    resize: (rows, cols) => stream.writeUrgent(record(tags.resize, bytesOf.u16(rows), bytesOf.u16(cols))),
    signal: (number) => stream.writeUrgent(record(tags.signal, bytesOf.u8(number))),
  };
}

function encodeExec(request: ExecRequest): Uint8Array {
  const { argv, env, cwd, user, terminal, defaultCwd } = request;
  return concat(
    ...argv.map((argument) => textField(1, argument)),
    ...Object.entries(env ?? {}).map(([key, value]) => textField(2, `${key}=${value}`)),
    ...(cwd === undefined ? [] : [textField(3, cwd)]),
    ...(user === undefined ? [] : [textField(4, user)]),
    ...(terminal === undefined ? [] : [record(5, bytesOf.u16(terminal.rows), bytesOf.u16(terminal.cols))]),
    ...(defaultCwd === undefined ? [] : [textField(6, defaultCwd)]),
  );
}

function readExit(body: Uint8Array): ExitStatus {
  const [kind, number = 0] = body;
  if (body.length !== 2 || (kind !== 0 && kind !== 1)) throw violation("a strange end of a program");
  return kind === 0 ? { code: number } : { signal: number };
}
