import { afterAll, afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { FakeAgent, type FakeStream } from "../../test/helpers/fake-agent.ts";
import { failure } from "../../test/helpers/failure.ts";
import type { BangerError } from "../core/api/errors.ts";
import type { Guest } from "../core/api/guest.ts";
import { connectGuest } from "./connect.ts";
import { flags, frameTypes, windowBytes } from "./frame.ts";
import { tags } from "./messages.ts";
import { bytesOf, concat, record, recordHead } from "./record.ts";

const dir = mkdtempSync(join(tmpdir(), "banger-liar-"));
const token = crypto.getRandomValues(new Uint8Array(16));
const open: (() => void)[] = [];
afterEach(() => open.splice(0).forEach((close) => close()));
afterAll(() => rmSync(dir, { recursive: true }));

type Lie = (stream: FakeStream) => unknown;

async function lied(lie: Lie): Promise<Guest> {
  const path = join(dir, "agent.sock");
  const fake = new FakeAgent(path, { token, serve: (stream, { tag }) => void (tag === tags.waitBoot || lie(stream)) });
  const guest = await connectGuest({ kind: "unix", path }, token);
  open.push(
    () => guest.close(),
    () => fake.stop(),
  );
  return guest;
}

const started = (stream: FakeStream): Promise<void> => stream.message(tags.started, bytesOf.u32(1));
const exec = (guest: Guest): Promise<unknown> =>
  guest.exec({ argv: ["true"] }).then(async (process) => {
    for await (const _ of process.output());
    return process.exit;
  });
const watch = (guest: Guest): Promise<unknown> => Array.fromAsync(guest.watchListening());
const read = (guest: Guest): Promise<unknown> => guest.readFile("/x").then(({ data }) => Array.fromAsync(data));

/** What the guest does, what was asked of it, and what the host says of it. */
const lies: readonly (readonly [string, (guest: Guest) => Promise<unknown>, Lie, string])[] = [
  ["a message of 2 MiB", exec, (s) => s.send(recordHead(tags.stdout, 2 << 20)), "a message of 2097152 bytes"],
  ["output before the start", exec, (s) => s.message(tags.stdout, bytesOf.u8(1)), "a program that does not run"],
  ["two starts", exec, (s) => started(s).then(() => started(s)), "unexpected message 0x81"],
  ["a pid of two bytes", exec, (s) => s.message(tags.started, bytesOf.u16(1)), "unexpected message 0x81"],
  ["an end before the start", exec, (s) => s.message(tags.exit, bytesOf.u16(0)), "unexpected message 0x84"],
  [
    "a strange end",
    exec,
    (s) => started(s).then(() => s.message(tags.exit, bytesOf.u8(2), bytesOf.u8(0))),
    "a strange end of a program",
  ],
  ["no end", exec, (s) => started(s).then(() => s.fin()), "a program without an end"],
  ["half a message", exec, (s) => s.send(Uint8Array.of(tags.started, 0)).then(() => s.fin()), "middle of a message"],
  ["an answer of another request's", exec, (s) => s.message(tags.ok), "unexpected message 0x85"],
  ["a message that nobody knows", exec, (s) => s.message(0x7e, new Uint8Array(1000)), "unexpected message 0x7e"],
  ["an error without words", exec, (s) => s.message(tags.error), "an error lacks field 1"],
  [
    "more than the window",
    exec,
    (s) => {
      s.sendWindow = 2 ** 30;
      return started(s).then(() => s.message(tags.stdout, new Uint8Array(windowBytes)));
    },
    "data beyond the window",
  ],
  ["a stream of its own", exec, (s) => s.connection.frame(frameTypes.window, flags.syn, 2, 0), "it opened a stream"],
  ["a stream that nobody opened", exec, (s) => s.connection.frame(frameTypes.data, 0, 99, 0), "unknown stream 99"],
  ["noise", exec, (s) => s.connection.write(new Uint8Array(100).fill(0xaa)), "a frame of an unknown version"],
  ["silence", (g) => g.sync(), (s) => s.fin(), "a request without an answer"],
  ["bytes for an answer", (g) => g.health(), (s) => s.message(tags.data, bytesOf.u8(1)), "in place of an answer"],
  ["a broken list", (g) => g.ports(), (s) => s.message(tags.ok, recordHead(1, 99)), "longer than its list"],
  ["a watched port without an address", watch, (s) => s.message(tags.listening, record(1)), "a listening port lacks"],
  ["a watch that ends by itself", watch, (s) => s.fin(), "ends by itself"],
  ["a port without an address", (g) => g.ports(), (s) => s.message(tags.ok, record(1)), "a port lacks field 1"],
  ["a file of an absurd size", read, (s) => s.message(tags.ok, record(1, bytesOf.u64(2n ** 63n))), "absurd number"],
  ["bytes before the file", read, (s) => s.message(tags.data, bytesOf.u8(1)), "bytes of no file"],
];

test.each(lies)("%s is a violation that ends the session", async (_, ask, lie, message) => {
  const guest = await lied(lie);
  // What else is under way ends with it.
  const other = guest.waitBoot().catch((error: BangerError) => error.code);
  expect((await failure(ask(guest))).message).toContain(message);
  expect(await guest.closed).toMatchObject({ code: "GUEST_PROTOCOL" });
  expect(await other).toBe("GUEST_PROTOCOL");
  expect(await failure(guest.sync())).toMatchObject({ code: "GUEST_GONE" });
});

test("endless pings to which it takes no answer do not fill our memory", async () => {
  const guest = await lied(async (stream) => {
    const { socket } = stream.connection;
    socket.pause();
    const pings = new Uint8Array(12_000);
    for (let at = 0; at < pings.length; at += 12) pings.set([0, frameTypes.ping, 0, flags.syn], at);
    for (let i = 0; i < 3000; i++) await stream.connection.write(pings);
  });
  const before = process.memoryUsage().rss;
  guest.sync().catch(() => undefined);
  await Bun.sleep(300);
  expect(process.memoryUsage().rss - before).toBeLessThan(100 << 20);
});

test("huge words are cut before they reach a message", async () => {
  const guest = await lied((stream) =>
    stream.message(tags.error, record(1, bytesOf.text("IO")), record(2, new Uint8Array(500_000).fill(0x41))),
  );
  const error = await guest.sync().catch((thrown: BangerError) => thrown);
  expect((error as BangerError).message.length).toBe(1001);
});

test("whatever it sends after its greeting, the host ends with an error of the table", async () => {
  const bytes = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .record({
          type: fc.nat(4),
          flags: fc.constantFrom(0, 1, 2, 4, 8),
          stream: fc.nat(4),
          body: fc.uint8Array({ maxLength: 30 }),
        })
        .map(({ type, flags, stream, body }) =>
          concat(Uint8Array.of(0, type, 0, flags, 0, 0, 0, stream, 0, 0, 0, body.length), body),
        ),
    ),
    { minLength: 1, maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (pieces) => {
      const guest = await lied(async ({ connection }) => {
        for (const piece of pieces) await connection.write(piece);
        connection.socket.end();
      });
      const outcomes = await Promise.allSettled([exec(guest), read(guest), guest.ports()]);
      for (const outcome of outcomes) {
        if (outcome.status === "fulfilled") continue;
        expect((outcome.reason as BangerError).code).toMatch(/^GUEST_/);
      }
      open.splice(0).forEach((close) => close());
    }),
    { numRuns: 150 },
  );
});
