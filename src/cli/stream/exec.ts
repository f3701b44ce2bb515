import { BangerError } from "../../core/api/errors.ts";
import type { ExitStatus } from "../../core/api/guest.ts";
import type { Json } from "../../core/api/json.ts";
import type { ByteStream } from "../../host/unix-stream.ts";
import { encodeFrame, frameHeader, FrameParser } from "../../rpc/frame-codec.ts";
import { frameTypes, stdinWindow, type ExecFrameRequest } from "../../rpc/frames.ts";
import type { Io } from "../io.ts";

/** Sends what belongs to a running program besides its stdin. */
export interface ExecControl {
  resize(rows: number, columns: number): void;
  signal(number: number): void;
}

export interface ExecHooks {
  /** The program runs. What it returns is called when it has ended, whatever way. */
  readonly started: (control: ExecControl) => () => void;
}

/**
 * The client's end of an exec connection: stdin goes out at the guest's pace, its output is written in order and at the pace of whoever
 * reads it. Returns how the program ended, or null when nobody reads its output any more. Throws what the daemon says, DAEMON_GONE
 * when it goes away first.
 */
export async function runExec(
  stream: ByteStream,
  request: ExecFrameRequest,
  io: Pick<Io, "input" | "write">,
  hooks: ExecHooks,
): Promise<ExitStatus | null> {
  let ended = (): void => {};
  try {
    await stream.write(encodeFrame(frameTypes.request, Buffer.from(JSON.stringify(request))));
    const parser = new FrameParser();
    const window = new StdinWindow();
    for await (const chunk of stream.read()) {
      for (const { type, payload } of parser.push(chunk)) {
        if (type === frameTypes.stdout || type === frameTypes.stderr) {
          if (!(await written(io, type === frameTypes.stdout ? 1 : 2, payload))) return null;
        } else if (type === frameTypes.started) {
          ended = hooks.started(controlOf(stream));
          // Its end is nobody's business here: the program may end before its input does.
          sendInput(stream, io.input(), window).catch(() => undefined);
        } else if (type === frameTypes.stdinTaken) {
          window.widen(new DataView(payload.buffer, payload.byteOffset).getUint32(0));
        } else if (type === frameTypes.exit) {
          return exitStatus(payload);
        } else if (type === frameTypes.error) {
          throw BangerError.from(JSON.parse(new TextDecoder().decode(payload)) as Json);
        }
      }
    }
    throw new BangerError("DAEMON_GONE", "the daemon went away before the command had ended", {
      hint: "banger daemon logs shows why; the VMs go on running",
    });
  } finally {
    ended();
    stream.close();
  }
}

/** False when the reader is gone. */
async function written(io: Pick<Io, "write">, fd: 1 | 2, data: Uint8Array): Promise<boolean> {
  try {
    await io.write(fd, data);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EPIPE") return false;
    throw error;
  }
}

async function sendInput(stream: ByteStream, input: AsyncIterable<Uint8Array>, window: StdinWindow): Promise<void> {
  try {
    for await (const chunk of input) {
      for (let at = 0; at < chunk.length; at += maxStdinFrame) {
        const part = chunk.subarray(at, at + maxStdinFrame);
        await window.room(part.length);
        // Both are queued before anything else can come between them.
        const header = stream.write(frameHeader(frameTypes.stdin, part.length));
        await Promise.all([header, stream.write(part)]);
      }
    }
  } finally {
    // Also when it cannot be read, as a directory: the program must not wait for what never comes.
    await stream.write(encodeFrame(frameTypes.stdinEof));
  }
}

/** Small against the window, so that it never runs dry. */
const maxStdinFrame = stdinWindow / 4;

/** What may still be sent of stdin. */
class StdinWindow {
  #left = stdinWindow;
  #widened = Promise.withResolvers<void>();

  widen(bytes: number): void {
    this.#left += bytes;
    this.#widened.resolve();
  }

  /** Resolves when the bytes may go, and counts them. */
  async room(bytes: number): Promise<void> {
    while (this.#left < bytes) {
      this.#widened = Promise.withResolvers();
      await this.#widened.promise;
    }
    this.#left -= bytes;
  }
}

function controlOf(stream: ByteStream): ExecControl {
  const send = (frame: Uint8Array): void => void stream.write(frame).catch(() => undefined);
  return {
    resize(rows, columns) {
      const size = new Uint8Array(4);
      new DataView(size.buffer).setUint16(0, rows);
      new DataView(size.buffer).setUint16(2, columns);
      send(encodeFrame(frameTypes.resize, size));
    },
    signal: (number) => send(encodeFrame(frameTypes.signal, Uint8Array.of(number))),
  };
}

function exitStatus(payload: Uint8Array): ExitStatus {
  const [kind, value = 0] = payload;
  return kind === 0 ? { code: value } : { signal: value };
}
