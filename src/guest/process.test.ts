import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeAgent, type FakeStream, type Received } from "../../test/helpers/fake-agent.ts";
import { eventually } from "../../test/helpers/eventually.ts";
import { failure } from "../../test/helpers/failure.ts";
import type { ExecRequest, Guest, GuestProcess } from "../core/api/guest.ts";
import { connectGuest } from "./connect.ts";
import { windowBytes } from "./frame.ts";
import { tags } from "./messages.ts";
import { bytesOf, readList, record } from "./record.ts";

const dir = mkdtempSync(join(tmpdir(), "banger-process-"));
const token = crypto.getRandomValues(new Uint8Array(16));
const open: (() => void)[] = [];
afterEach(() => open.splice(0).forEach((close) => close()));
afterAll(() => rmSync(dir, { recursive: true }));

interface Running {
  readonly guest: Guest;
  readonly process: GuestProcess;
  readonly stream: FakeStream;
  readonly received: Received[];
}

async function session(serve: (stream: FakeStream, request: Received) => unknown): Promise<Guest> {
  const path = join(dir, "agent.sock");
  const fake = new FakeAgent(path, { token, serve });
  const guest = await connectGuest({ kind: "unix", path }, token);
  open.push(
    () => guest.close(),
    () => fake.stop(),
  );
  return guest;
}

/** A program that has started; `serve` plays it. */
async function start(
  serve: (stream: FakeStream, message: Received) => void = () => {},
  request: ExecRequest = { argv: ["true"] },
  signal?: AbortSignal,
): Promise<Running> {
  const received: Received[] = [];
  let stream: FakeStream | undefined;
  const guest = await session((opened, first) => {
    stream = opened;
    received.push(first);
    opened.onMessage = (message) => {
      received.push(message);
      serve(opened, message);
    };
    void opened.message(tags.started, bytesOf.u32(42));
  });
  const process = await guest.exec(request, signal);
  return { guest, process, stream: stream!, received };
}

const exit = async (stream: FakeStream, kind: number, code: number): Promise<void> => {
  await stream.message(tags.exit, bytesOf.u8(kind), bytesOf.u8(code));
  await stream.fin();
};
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const tick = (ms = 20): Promise<void> => Bun.sleep(ms);

test("a request says everything, and the answer is the pid", async () => {
  const { process, received } = await start(undefined, {
    argv: ["sh", "", "a b\n$'\""],
    env: { A: "1", B: "" },
    cwd: "/srv",
    user: "www-data",
    terminal: { rows: 24, cols: 300 },
    defaultCwd: "/root/repo",
  });
  expect(process.pid).toBe(42);
  const list = readList(received[0]!.body).map(({ tag, body }) => [tag, Buffer.from(body).toString("latin1")]);
  expect(list).toEqual([
    [1, "sh"],
    [1, ""],
    [1, "a b\n$'\""],
    [2, "A=1"],
    [2, "B="],
    [3, "/srv"],
    [4, "www-data"],
    [5, "\0\x18\x01\x2c"],
    [6, "/root/repo"],
  ]);
});

describe("a program that does not start", () => {
  test.each([
    ["NOT_FOUND", "GUEST_NOT_FOUND"],
    ["NOT_EXECUTABLE", "GUEST_NOT_EXECUTABLE"],
    ["DENIED", "GUEST_ERROR"],
    ["SOMETHING_NEW", "GUEST_ERROR"],
  ])("%s is %s, with the agent's words made safe", async (code, expected) => {
    const guest = await session((stream) => {
      const words = record(2, bytesOf.text("no program \x1b[31mfoo"));
      void stream.message(tags.error, record(1, bytesOf.text(code)), words).then(() => stream.fin());
    });
    const failing = guest.exec({ argv: ["foo"] });
    expect(await failure(failing)).toMatchObject({ code: expected, message: "no program �[31mfoo" });
    // The session is none the worse.
    expect(await failure(guest.exec({ argv: ["foo"] }))).toMatchObject({ code: expected });
  });

  test("because of a NUL, or for its length, is not asked for", async () => {
    const guest = await session(() => {});
    expect(await failure(guest.exec({ argv: ["a\0b"] }))).toMatchObject({ code: "BAD_REQUEST" });
    expect((await failure(guest.exec({ argv: ["x".repeat(1 << 20)] }))).message).toContain("1048576 are allowed");
  });

  test("because it was cancelled", async () => {
    const guest = await session(() => {});
    const pending = guest.exec({ argv: ["true"] }, AbortSignal.timeout(20));
    expect(await failure(pending)).toMatchObject({ code: "CANCELLED" });
  });
});

test("stdout and stderr stay apart and in order; the status comes with the end", async () => {
  const { process, stream } = await start();
  const play = (async () => {
    await stream.message(tags.stdout, bytes("one "));
    await stream.message(tags.stderr, bytes("two "));
    await stream.message(tags.stdout, bytes("three"));
    await exit(stream, 0, 42);
  })();
  const seen: string[] = [];
  for await (const { stream: name, data } of process.output()) seen.push(`${name}:${Buffer.from(data).toString()}`);
  await play;
  expect(seen.join("|")).toBe("stdout:one |stderr:two |stdout:three");
  expect(await process.exit).toEqual({ code: 42 });
});

test("the status is known while output is unread, and the output is still there", async () => {
  const { process, stream } = await start();
  await stream.message(tags.stdout, new Uint8Array(100_000).fill(7));
  await exit(stream, 1, 9);
  expect(await process.exit).toEqual({ signal: 9 });
  let length = 0;
  for await (const { data } of process.output()) length += data.length;
  expect(length).toBe(100_000);
});

test("a reader that stalls stalls the program, and nothing else", async () => {
  const { guest, process, stream } = await start();
  let sent = 0;
  const flood = (async () => {
    for (let i = 0; i < 64; i++) {
      await stream.message(tags.stdout, new Uint8Array(64 * 1024));
      sent += 64 * 1024;
    }
    await exit(stream, 0, 0);
  })();
  await tick(50);
  expect(sent).toBeLessThanOrEqual(windowBytes);
  const other = await guest.exec({ argv: ["true"] });
  expect(other.pid).toBe(42);
  let length = 0;
  for await (const { data } of process.output()) length += data.length;
  await flood;
  expect(length).toBe(64 * 64 * 1024);
});

test("64 MiB through stdin and back are the same bytes", async () => {
  const { process } = await start((stream, { tag, body }) => {
    if (tag === tags.stdin) void stream.message(tags.stdout, body);
    else if (tag === tags.stdinEof) void exit(stream, 0, 0);
  });
  const chunk = crypto.getRandomValues(new Uint8Array(65_536));
  const [there, back] = [new Bun.CryptoHasher("sha256"), new Bun.CryptoHasher("sha256")];
  const writing = (async () => {
    for (let i = 0; i < 1024; i++) {
      chunk[i % 100] = i;
      there.update(chunk);
      await process.writeStdin(chunk);
    }
    await process.endStdin();
  })();
  for await (const { data } of process.output()) back.update(data);
  await writing;
  expect(back.digest("hex")).toBe(there.digest("hex"));
});

describe("stdin", () => {
  test("waits for the window, and signals pass it", async () => {
    const { process, stream, received } = await start();
    // An agent whose program reads nothing gives nothing back.
    stream.credit = async () => {};
    let written = 0;
    void (async () => {
      for (let i = 0; i < 8; i++) {
        await process.writeStdin(new Uint8Array(64 * 1024));
        written++;
      }
    })();
    await tick();
    expect(written).toBeLessThan(5);
    process.signal(2);
    process.resize(50, 132);
    await eventually(() => received.at(-1)?.tag === tags.resize);
    expect(received.slice(-2).map(({ tag, body }) => [tag, ...body])).toEqual([
      [tags.signal, 2],
      [tags.resize, 0, 50, 0, 132],
    ]);
    await exit(stream, 1, 2);
    expect(await process.exit).toEqual({ signal: 2 });
    await eventually(() => written === 8);
  });

  test("after the end of the program is dropped", async () => {
    const { process, stream, received } = await start();
    await exit(stream, 0, 0);
    await process.exit;
    await process.writeStdin(bytes("late"));
    await process.endStdin();
    process.signal(15);
    await eventually(() => stream.ended);
    expect(received.map(({ tag }) => tag)).toEqual([tags.exec]);
  });
});

describe("an end that is none of the program's", () => {
  test("close hangs up", async () => {
    const { process, stream } = await start();
    process.close();
    process.close();
    expect(await failure(process.exit)).toMatchObject({ code: "CANCELLED" });
    await eventually(() => stream.reset);
  });

  test("so does the signal", async () => {
    const abort = new AbortController();
    const { process, stream } = await start(undefined, { argv: ["sleep", "9"] }, abort.signal);
    abort.abort();
    expect(await failure(process.exit)).toMatchObject({ code: "CANCELLED" });
    await eventually(() => stream.reset);
  });

  test("a guest that dies: output until then, then GUEST_GONE", async () => {
    const { process, stream } = await start();
    await stream.message(tags.stdout, bytes("last words"));
    stream.connection.socket.end();
    expect(await failure(process.exit)).toMatchObject({ code: "GUEST_GONE" });
    let text = "";
    const reading = (async () => {
      for await (const { data } of process.output()) text += Buffer.from(data).toString();
    })();
    expect(await failure(reading)).toMatchObject({ code: "GUEST_GONE" });
    expect(text).toBe("last words");
    expect(await failure(process.writeStdin(bytes("x")))).toMatchObject({ code: "GUEST_GONE" });
  });
});
