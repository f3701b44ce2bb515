import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { BangerError } from "../core/api/errors.ts";
import type { Json } from "../core/api/json.ts";
import { throughHelper } from "../host/privileged/client.ts";
import { maxRequestBytes } from "../host/privileged/wire.ts";
import { UnixStream } from "../host/unix-stream.ts";
import { HelperServer } from "./server.ts";

const socketPath = join(scratchFolder(), "helper.sock");
const owner = { uid: process.getuid!(), gid: process.getgid!() };
const calls: [string, unknown][] = [];
const lines: string[] = [];
let peer = { pid: 1, uid: owner.uid };
let perform: (name: string, args: unknown) => Promise<Json>;
let server: HelperServer;

beforeEach(async () => {
  calls.length = 0;
  lines.length = 0;
  peer = { pid: 1, uid: owner.uid };
  perform = async () => "done";
  server = await HelperServer.listen({
    socketPath,
    owner,
    peerOf: () => peer,
    perform: (name, args) => {
      calls.push([name, args]);
      return perform(name, args);
    },
    log: (level, line) => void lines.push(`${level} ${line}`),
  });
});
afterEach(() => server.close());

const ask = throughHelper(socketPath) as (name: string, args: unknown) => Promise<Json>;

/** Sends bytes as they are, and perhaps the end; returns what comes back. */
async function raw(text: string | Uint8Array, end = false): Promise<string> {
  const stream = await UnixStream.connect(socketPath);
  try {
    await stream.write(typeof text === "string" ? Buffer.from(text) : text).catch(() => {});
    if (end) await stream.end();
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream.read()) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  } finally {
    stream.close();
  }
}

test("the socket is the owner's alone", () => {
  expect(statSync(socketPath).mode & 0o777).toBe(0o600);
  expect(existsSync(`${socketPath}.new`)).toBe(false);
});

test("an operation is done once, answered, and logged with its id", async () => {
  expect(await ask("tap.create", { vm: "x" })).toBe("done");
  expect(calls).toEqual([["tap.create", { vm: "x" }]]);
  expect(lines).toEqual([
    expect.stringMatching(/^info pr-[0-9a-f]{8} tap\.create \{"vm":"x"\} \(user \d+, pid 1\): done, \d+ ms$/),
  ]);
});

test("its error comes back as it is, a defect's stack stays in the log", async () => {
  perform = () => Promise.reject(new BangerError("PRIVILEGE_REFUSED", "not ours", { hint: "h", detail: ["d"] }));
  expect(await ask("x", null).catch((error: unknown) => error)).toMatchObject({
    code: "PRIVILEGE_REFUSED",
    message: "not ours",
    hint: "h",
    detail: ["d"],
  });
  perform = () => Promise.reject(new TypeError("a bug"));
  expect(await ask("x", null).catch((error: unknown) => error)).toMatchObject({ code: "INTERNAL", message: "a bug" });
  expect(lines[1]).toContain("server.test.ts");
});

test("who is neither the owner nor root is refused before a byte is read", async () => {
  peer = { pid: 7, uid: owner.uid + 1 };
  expect(JSON.parse(await raw(""))).toMatchObject({ error: { code: "PRIVILEGE_REFUSED" } });
  expect(lines).toEqual([`warn refused user ${owner.uid + 1} (pid 7)`]);
  peer = { pid: 7, uid: 0 };
  expect(await ask("x", null)).toBe("done");
});

test.each([
  ["no JSON", "hello\n"],
  ["no object", "[]\n"],
  ["no text", Buffer.from([0xff, 0xfe, 10])],
  ["no name", '{"operation":"a","args":{}}\n'],
  ["a name that would not fit a log", '{"operation":"a","name":"x\\ny"}\n'],
  ["something more", '{"operation":"a","name":"x","args":{},"uid":0}\n'],
  ["no operation", '{"name":"x"}\n'],
])("%s is refused", async (_, bytes) => {
  expect(JSON.parse(await raw(bytes))).toMatchObject({
    error: { code: "PRIVILEGE_REFUSED", message: "this is no request" },
  });
  expect(calls).toEqual([]);
});

test("a request that is too long is refused, with or without an end", async () => {
  for (const end of ["\n", ""]) {
    const answer = await raw("x".repeat(maxRequestBytes + 1) + end);
    expect(JSON.parse(answer)).toMatchObject({ error: { message: expect.stringContaining("longer") } });
  }
  expect(await raw("y".repeat(4 << 20))).toContain("longer");
  expect(calls).toEqual([]);
});

test("what comes behind the first line is not read", async () => {
  await raw('{"operation":"a","name":"x"}\n{"operation":"b","name":"y"}\n');
  expect(calls).toEqual([["x", null]]);
});

test("a client that has asked and says no more has the whole answer; one that ends before that has none", async () => {
  perform = async () => "x".repeat(900_000);
  expect(JSON.parse(await raw('{"operation":"a","name":"x"}\n', true))).toEqual({ value: "x".repeat(900_000) });
  expect(await raw('{"operation":"a","name":"x"}', true)).toBe("");
});

test("a client that goes away changes nothing about what is done; the end waits for it", async () => {
  const held = Promise.withResolvers<Json>();
  perform = () => held.promise;
  const stream = await UnixStream.connect(socketPath);
  await stream.write(Buffer.from('{"operation":"a","name":"x"}\n'));
  while (calls.length === 0) await Bun.sleep(1);
  stream.close();
  let closed = false;
  const closing = server.close().then(() => (closed = true));
  expect(existsSync(socketPath)).toBe(false);
  await Bun.sleep(20);
  expect(closed).toBe(false);
  held.resolve(null);
  await closing;
  expect(lines).toEqual([expect.stringContaining("done")]);
});

test("whatever is sent, it goes on serving and does nothing that was not asked", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      const before = calls.length;
      expect(JSON.parse(await raw(Buffer.concat([bytes, Buffer.from("\n")])))).toMatchObject({ error: {} });
      expect(calls.length).toBe(before);
    }),
    { numRuns: 100 },
  );
  expect(await ask("x", null)).toBe("done");
});
