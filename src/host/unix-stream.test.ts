import { afterAll, afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../../test/helpers/eventually.ts";
import { failure } from "../../test/helpers/failure.ts";
import { UnixStream } from "./unix-stream.ts";

const dir = mkdtempSync(join(tmpdir(), "banger-stream-"));
const path = join(dir, "s");
const open: (() => void)[] = [];
afterEach(() => open.splice(0).forEach((close) => close()));
afterAll(() => rmSync(dir, { recursive: true }));

async function connected(serve: (socket: net.Socket) => void): Promise<UnixStream> {
  rmSync(path, { force: true });
  const server = net.createServer({ allowHalfOpen: true }, (socket) => serve(socket.on("error", () => {})));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const stream = await UnixStream.connect(path);
  open.push(
    () => stream.close(),
    () => server.close(),
  );
  return stream;
}

const big = Buffer.alloc(16 << 20, 7);
const count = async (stream: UnixStream): Promise<number> => {
  let length = 0;
  for await (const chunk of stream.read()) length += chunk.length;
  return length;
};

test("echoes with half-closes, more than any buffer holds", async () => {
  const stream = await connected((socket) => socket.pipe(socket));
  const writing = stream.write(big).then(() => stream.end());
  expect(await count(stream)).toBe(big.length);
  await writing;
});

test("small writes keep their order behind one that waits", async () => {
  const stream = await connected((socket) => socket.pipe(socket));
  const writing = [stream.write(big), stream.write(Buffer.from("a")), stream.write(Buffer.from("b")), stream.end()];
  const chunks = Buffer.concat(await Array.fromAsync(stream.read()));
  await Promise.all(writing);
  expect(chunks.subarray(-3).toString("latin1")).toBe("\x07ab");
});

test("a reader that takes its time gets everything, the last bytes of a peer that is gone included", async () => {
  const stream = await connected((socket) => socket.end(big));
  await Bun.sleep(50);
  let length = 0;
  for await (const chunk of stream.read()) {
    length += chunk.length;
    if (length < 3 << 20) await Bun.sleep(2);
  }
  expect(length).toBe(big.length);
});

test("a peer that goes away rejects the writes that wait", async () => {
  const stream = await connected((socket) => {
    socket.pause();
    setTimeout(() => socket.destroy(), 30);
  });
  expect(await failure(stream.write(big))).toMatchObject({ code: expect.stringMatching(/^(EPIPE|ECONNRESET)$/) });
  await failure(stream.write(big));
});

test("close ends both directions, twice is once", async () => {
  let ended = false;
  const stream = await connected((socket) => void socket.resume().on("end", () => (ended = true)));
  const reading = count(stream);
  stream.close();
  stream.close();
  expect(await reading).toBe(0);
  expect(await failure(stream.write(big))).toMatchObject({ code: "EPIPE" });
  await eventually(() => ended);
});

test("says why it cannot connect", async () => {
  expect(await failure(UnixStream.connect(join(dir, "none")))).toMatchObject({ code: "ENOENT" });
});
