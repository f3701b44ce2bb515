import type { Duplex } from "node:stream";
import { asBangerError, BangerError } from "../core/api/errors.ts";
import type { ExecRequest, Guest, GuestProcess } from "../core/api/guest.ts";
import type { VmRecord } from "../core/model/vm.ts";
import { encodeFrame, frameHeader, FrameParser } from "../rpc/frame-codec.ts";
import { frameTypes, stdinWindow, type ExecFrameRequest } from "../rpc/frames.ts";
import { readExecRequest } from "./requests.ts";

/** Where a command runs. */
export interface ExecPlace {
  readonly vm: VmRecord;
  readonly guest: Guest;
  /** The capabilities' variables for it. */
  env(command: Pick<ExecRequest, "argv" | "user">): Promise<Readonly<Record<string, string>>>;
}

/**
 * Serves an exec connection: the request, then the program's streams both ways at the pace of whoever is slower. When the client goes,
 * the program is hung up.
 */
export async function serveExec(socket: Duplex, { vm, guest, env }: ExecPlace, gone: AbortSignal): Promise<void> {
  const frames = readFrames(socket);
  try {
    const first = await frames.next();
    if (first.done === true || first.value.type !== frameTypes.request) {
      throw new BangerError("BAD_REQUEST", "an exec connection begins with its request");
    }
    const request = readExecRequest(first.value.payload);
    const program = await guest.exec(execRequest(request, vm, await env(request)), gone);
    gone.addEventListener("abort", () => program.close(), { once: true });
    socket.write(encodeFrame(frameTypes.started));
    const input = forwardInput(frames, program, socket);
    await Promise.race([forwardOutput(socket, program), failureOf(input)]);
    socket.end(encodeFrame(frameTypes.exit, exitPayload(await program.exit)));
  } catch (thrown) {
    if (!gone.aborted) socket.end(encodeFrame(frameTypes.error, Buffer.from(JSON.stringify(explained(thrown, vm)))));
  }
}

/** A guest that goes away is told of by its name. */
function explained(thrown: unknown, { name }: VmRecord): BangerError {
  const error = asBangerError(thrown);
  if (error.code !== "GUEST_GONE") return error;
  return new BangerError("GUEST_GONE", `${name} went away before the command had ended`, {
    cause: thrown,
    hint: `banger vm show ${name} says why`,
  });
}

/** What the agent is asked for: the VM's own environment, the capabilities' and the request's, later ones win. No program is the user's login shell. */
function execRequest(request: ExecFrameRequest, vm: VmRecord, more: Readonly<Record<string, string>>): ExecRequest {
  const { argv, env, cwd, user, terminal } = request;
  const directory = cwd ?? vm.spec.workdir;
  return {
    argv: argv.length > 0 ? argv : ["/bin/sh", "-c", 'exec "${SHELL:-/bin/sh}" -l'],
    env: { ...vm.spec.env, ...more, ...env },
    ...(directory !== undefined && { cwd: directory }),
    ...(user !== undefined && { user }),
    ...(terminal !== undefined && { terminal }),
  };
}

async function* readFrames(socket: Duplex) {
  const parser = new FrameParser();
  // Its end must not close the socket: the output is still to come.
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) yield* parser.push(chunk as Uint8Array);
}

/** Rejects for a frame that has no business here. A client's end of input is a frame of its own: an end of its bytes is its death. */
async function forwardInput(
  frames: ReturnType<typeof readFrames>,
  program: GuestProcess,
  socket: Duplex,
): Promise<void> {
  let held = 0;
  for await (const { type, payload } of frames) {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    if (type === frameTypes.stdin) {
      held += payload.length;
      if (held > stdinWindow)
        throw new BangerError("BAD_REQUEST", `more than ${stdinWindow} bytes of stdin are under way`);
      // Not waited for: a program that does not read must not hold up what comes behind. Its end tells of a failure.
      void program.writeStdin(payload).then(
        () => {
          held -= payload.length;
          if (socket.writable) socket.write(encodeFrame(frameTypes.stdinTaken, u32(payload.length)));
        },
        () => undefined,
      );
    } else if (type === frameTypes.stdinEof) void program.endStdin().catch(() => undefined);
    else if (type === frameTypes.resize && payload.length === 4) program.resize(view.getUint16(0), view.getUint16(2));
    else if (type === frameTypes.signal && payload.length === 1) program.signal(view.getUint8(0));
    else throw new BangerError("BAD_REQUEST", `a frame of type ${type} and ${payload.length} bytes has no place here`);
  }
  program.close();
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

async function forwardOutput(socket: Duplex, program: GuestProcess): Promise<void> {
  for await (const { stream, data } of program.output()) {
    socket.write(frameHeader(stream === "stdout" ? frameTypes.stdout : frameTypes.stderr, data.length));
    if (!socket.write(data)) await drained(socket);
  }
}

function drained(socket: Duplex): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once("drain", resolve).once("close", resolve);
  return promise.finally(() => socket.off("drain", resolve).off("close", resolve));
}

/** Never resolves: only a failure counts. */
function failureOf(work: Promise<void>): Promise<never> {
  return new Promise((_, reject) => void work.catch(reject));
}

function exitPayload(status: Awaited<GuestProcess["exit"]>): Uint8Array {
  return "code" in status ? Uint8Array.of(0, status.code) : Uint8Array.of(1, status.signal);
}
