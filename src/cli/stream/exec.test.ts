import { afterEach, describe, expect, test } from "bun:test";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { UnixStream } from "../../host/unix-stream.ts";
import { encodeFrame, FrameParser, type Frame } from "../../rpc/frame-codec.ts";
import { frameTypes, stdinWindow, type ExecFrameRequest } from "../../rpc/frames.ts";
import { fakeIo } from "../../../test/helpers/fake-io.ts";
import { runExec, type ExecControl } from "./exec.ts";

type Serve = (
  frames: AsyncIterator<Frame>,
  send: (type: number, payload?: Uint8Array | string) => Promise<void>,
  end: () => void,
) => Promise<void>;

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A daemon's end of exec connections, on a real socket. */
async function serving(serve: Serve): Promise<UnixStream> {
  const folder = mkdtempSync("/tmp/banger-exec-");
  const server = createServer((socket) => {
    const send = async (type: number, payload: Uint8Array | string = ""): Promise<void> => {
      if (!socket.write(encodeFrame(type, Buffer.from(payload)))) await once(socket, "drain");
    };
    socket.on("error", () => {});
    void serve(framesOf(socket), send, () => socket.end());
  });
  server.listen(`${folder}/s`);
  await once(server, "listening");
  cleanups.push(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  return UnixStream.connect(`${folder}/s`);
}

async function* framesOf(socket: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  const parser = new FrameParser();
  for await (const chunk of socket) {
    for (const { type, payload } of parser.push(chunk)) yield { type, payload: new Uint8Array(payload) };
  }
}

const request: ExecFrameRequest = { argv: ["cat"], env: { A: "1" } };
const quiet = { started: () => () => {} };

async function* chunks(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

describe("an exec connection", () => {
  test("sends the request and stdin, writes output in order, returns the status", async () => {
    const got: unknown[] = [];
    const stream = await serving(async (frames, send, end) => {
      got.push(JSON.parse(new TextDecoder().decode((await frames.next()).value!.payload)));
      await send(frameTypes.started);
      for (;;) {
        const { type, payload } = (await frames.next()).value as Frame;
        got.push([type, Buffer.from(payload).toString()]);
        if (type === frameTypes.stdinEof) break;
      }
      await send(frameTypes.stdout, "one ");
      await send(frameTypes.stderr, "oops");
      await send(frameTypes.stdout, "two");
      await send(frameTypes.exit, Uint8Array.of(0, 7));
      end();
    });
    const io = fakeIo({ input: chunks(Buffer.from("hello "), Buffer.from("there")) });
    expect(await runExec(stream, request, io, quiet)).toEqual({ code: 7 });
    expect(io.stdout()).toBe("one two");
    expect(io.stderr()).toBe("oops");
    expect(got).toEqual([
      request,
      [frameTypes.stdin, "hello "],
      [frameTypes.stdin, "there"],
      [frameTypes.stdinEof, ""],
    ]);
  });

  test("64 MiB come back as they went", async () => {
    const stream = await serving(async (frames, send) => {
      await frames.next();
      await send(frameTypes.started);
      for (;;) {
        const { type, payload } = (await frames.next()).value as Frame;
        if (type === frameTypes.stdinEof) break;
        const taken = Buffer.alloc(4);
        taken.writeUInt32BE(payload.length);
        await send(frameTypes.stdinTaken, taken);
        await send(frameTypes.stdout, payload);
      }
      await send(frameTypes.exit, Uint8Array.of(0, 0));
    });
    const block = crypto.getRandomValues(new Uint8Array(60_000));
    const part = Buffer.concat(Array.from({ length: 35 }, () => block)); // 2.1 MB: more than a frame takes
    const sent = new Bun.CryptoHasher("sha256");
    async function* input(): AsyncGenerator<Uint8Array> {
      for (let total = 0; total < 64 << 20; total += part.length) {
        sent.update(part);
        yield part;
      }
    }
    const back = new Bun.CryptoHasher("sha256");
    const io = { input, write: async (_: 1 | 2, data: Uint8Array) => void back.update(data) };
    const began = performance.now();
    expect(await runExec(stream, request, io, quiet)).toEqual({ code: 0 });
    expect(back.digest("hex")).toBe(sent.digest("hex"));
    expect(performance.now() - began).toBeLessThan(5000);
  });

  test("no more than a window of stdin is sent ahead", async () => {
    let arrived = 0;
    const stream = await serving(async (frames, send) => {
      await frames.next();
      await send(frameTypes.started);
      while (arrived < stdinWindow) arrived += ((await frames.next()).value as Frame).payload.length;
      const more = await Promise.race([frames.next(), Bun.sleep(50)]);
      if (more !== undefined) arrived = Number.POSITIVE_INFINITY;
      await send(frameTypes.exit, Uint8Array.of(0, 0));
    });
    const io = fakeIo({ input: chunks(new Uint8Array(3 * stdinWindow)) });
    await runExec(stream, request, io, quiet);
    expect(arrived).toBe(stdinWindow);
  });

  test("a death by signal", async () => {
    const stream = await serving(async (frames, send) => {
      await frames.next();
      await send(frameTypes.started);
      await send(frameTypes.exit, Uint8Array.of(1, 9));
    });
    expect(await runExec(stream, request, fakeIo(), quiet)).toEqual({ signal: 9 });
  });

  test("signals and sizes go out between pieces of stdin", async () => {
    const got: unknown[] = [];
    const stream = await serving(async (frames, send) => {
      await frames.next();
      await send(frameTypes.started);
      for (let count = 0; count < 2; count++) {
        const { type, payload } = (await frames.next()).value as Frame;
        got.push([type, [...payload]]);
      }
      await send(frameTypes.exit, Uint8Array.of(0, 0));
    });
    let ended = 0;
    const started = (control: ExecControl): (() => void) => {
      control.resize(300, 1000);
      control.signal(2);
      return () => ended++;
    };
    const never = {
      input: () => new ReadableStream<Uint8Array>() as unknown as AsyncIterable<Uint8Array>,
      write: async () => {},
    };
    await runExec(stream, request, never, { started });
    expect(got).toEqual([
      [frameTypes.resize, [1, 44, 3, 232]],
      [frameTypes.signal, [2]],
    ]);
    expect(ended).toBe(1);
  });

  test("stdin that cannot be read has an end", async () => {
    const stream = await serving(async (frames, send) => {
      await frames.next();
      await send(frameTypes.started);
      expect(((await frames.next()).value as Frame).type).toBe(frameTypes.stdinEof);
      await send(frameTypes.exit, Uint8Array.of(0, 3));
    });
    const input = async function* (): AsyncGenerator<Uint8Array> {
      throw Object.assign(new Error("is a directory"), { code: "EISDIR" });
    };
    expect(await runExec(stream, request, { input, write: async () => {} }, quiet)).toEqual({ code: 3 });
  });

  test("what the daemon says of a program that cannot start; nothing was read from stdin", async () => {
    let read = false;
    const stream = await serving(async (frames, send) => {
      await frames.next();
      await send(
        frameTypes.error,
        JSON.stringify({ code: "GUEST_NOT_FOUND", message: "nosuch: No such file or directory" }),
      );
    });
    async function* input(): AsyncGenerator<Uint8Array> {
      read = true;
    }
    const failed = runExec(stream, request, { input, write: async () => {} }, quiet);
    expect(await failed.catch((thrown: unknown) => thrown)).toMatchObject({
      code: "GUEST_NOT_FOUND",
      message: "nosuch: No such file or directory",
    });
    expect(read).toBe(false);
  });

  test("a daemon that goes away is an error, and what was set up is put back", async () => {
    let ended = false;
    const stream = await serving(async (frames, send, end) => {
      await frames.next();
      await send(frameTypes.started);
      await send(frameTypes.stdout, "half");
      end();
    });
    const io = fakeIo();
    const failed = runExec(stream, request, io, { started: () => () => void (ended = true) });
    expect(await failed.catch((thrown: unknown) => thrown)).toMatchObject({ code: "DAEMON_GONE" });
    expect(io.stdout()).toBe("half");
    expect(ended).toBe(true);
  });

  test("a reader that is gone ends it quietly", async () => {
    const stream = await serving(async (frames, send) => {
      await frames.next();
      await send(frameTypes.started);
      await send(frameTypes.stdout, "nobody reads this");
    });
    expect(await runExec(stream, request, fakeIo({ closed: true }), quiet)).toBeNull();
  });
});
