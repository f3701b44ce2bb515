import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeAgent, type FakeAgentOptions, helloList } from "../../test/helpers/fake-agent.ts";
import { eventually } from "../../test/helpers/eventually.ts";
import { failure } from "../../test/helpers/failure.ts";
import type { Guest } from "../core/api/guest.ts";
import { connectGuest } from "./connect.ts";
import { frameTypes } from "./frame.ts";
import { tags } from "./messages.ts";
import { bytesOf, concat, record } from "./record.ts";

const dir = mkdtempSync(join(tmpdir(), "banger-connect-"));
const token = crypto.getRandomValues(new Uint8Array(16));
const path = join(dir, "agent.sock");
const open: { stop(): void }[] = [];
afterEach(() => open.splice(0).forEach((one) => one.stop()));
afterAll(() => rmSync(dir, { recursive: true }));

function agent(options: Omit<FakeAgentOptions, "token"> = {}): FakeAgent {
  const fake = new FakeAgent(path, { token, ...options });
  open.push(fake);
  return fake;
}

async function guest(options: Omit<FakeAgentOptions, "token"> = {}): Promise<{ guest: Guest; fake: FakeAgent }> {
  const fake = agent(options);
  const guest = await connectGuest({ kind: "unix", path }, token);
  open.push({ stop: () => guest.close() });
  return { guest, fake };
}

/** A bare server on the path, one handler a connection. */
async function server(handle: (socket: net.Socket, index: number) => void): Promise<void> {
  rmSync(path, { force: true });
  let index = 0;
  const listening = net.createServer((socket) =>
    handle(
      socket.on("error", () => {}),
      index++,
    ),
  );
  await new Promise<void>((resolve) => listening.listen(path, resolve));
  open.push({ stop: () => listening.close() });
}

const tick = (ms = 20): Promise<void> => Bun.sleep(ms);

describe("the session's beginning", () => {
  test("says who answers", async () => {
    const { hello } = (await guest()).guest;
    expect(hello).toEqual({
      agentVersion: "0.0.0-fake",
      bootId: "11111111-2222-3333-4444-555555555555",
      uptimeMs: 1234,
      init: true,
    });
  });

  test("throws away what an earlier session left behind, near misses of the mark included", async () => {
    const stale = concat(new Uint8Array(700_000).fill(1), token, new Uint8Array(8), token, token.subarray(0, 15));
    const { guest: connected } = await guest({ stale });
    expect(connected.hello.uptimeMs).toBe(1234);
  });

  test.each([
    ["a cut list", concat(helloList, Uint8Array.of(1, 2)), "a record is cut short"],
    ["no uptime", record(1, bytesOf.text("1")), "its greeting lacks field 2"],
    ["an uptime of four bytes", concat(helloList, record(3, bytesOf.u32(1))), "has 4 bytes, not 8"],
  ])("refuses %s", async (_, hello, message) => {
    agent({ hello });
    expect((await failure(connectGuest({ kind: "unix", path }, token))).message).toContain(message);
  });

  test("refuses another version of the protocol", async () => {
    await server((socket) => socket.once("data", (mark) => socket.write(concat(mark, bytesOf.u16(2), bytesOf.u16(0)))));
    expect((await failure(connectGuest({ kind: "unix", path }, token))).message).toContain("speaks protocol 2, not 1");
  });

  test("a VMM that goes away first is GUEST_GONE", async () => {
    await server((socket) => socket.once("data", () => socket.destroy()));
    expect(await failure(connectGuest({ kind: "unix", path }, token))).toMatchObject({ code: "GUEST_GONE" });
  });

  test("a guest that never answers is waited for until the signal", async () => {
    await server(() => {});
    const pending = connectGuest({ kind: "unix", path }, token, { signal: AbortSignal.timeout(30) });
    expect(await failure(pending)).toMatchObject({ code: "CANCELLED" });
  });
});

describe("a socket that is not there yet", () => {
  test("is waited for", async () => {
    rmSync(path, { force: true });
    const pending = connectGuest({ kind: "unix", path }, token);
    await tick();
    agent();
    const connected = await pending;
    connected.close();
  });

  test("nor listening yet, either", async () => {
    rmSync(path, { force: true });
    // A socket file that nobody listens on: made by a listener that was closed without removing it.
    const dead = Bun.listen({ unix: path, socket: { data() {} } });
    renameSync(path, `${path}.kept`);
    dead.stop(true);
    renameSync(`${path}.kept`, path);
    const pending = connectGuest({ kind: "unix", path }, token);
    await tick();
    agent();
    (await pending).close();
  });

  test("is given up on when the signal says so", async () => {
    rmSync(path, { force: true });
    const started = performance.now();
    const pending = connectGuest({ kind: "unix", path }, token, { signal: AbortSignal.timeout(20) });
    expect(await failure(pending)).toMatchObject({ code: "CANCELLED" });
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test("cannot have a path that Linux does not allow", async () => {
    const pending = connectGuest({ kind: "unix", path: `/tmp/${"x".repeat(103)}` }, token);
    expect(await failure(pending)).toMatchObject({ code: "SOCKET_PATH" });
  });
});

describe("over Firecracker's vsock", () => {
  /** Plays Firecracker in front of an agent: `script` says for each connection what happens after CONNECT. */
  async function firecracker(script: readonly ("close" | "ok-close" | "agent" | "strange")[]): Promise<string[]> {
    const asked: string[] = [];
    await server((socket, index) => {
      const step = script[index] ?? "agent";
      let greeted = false;
      socket.on("data", (chunk) => {
        if (!greeted) asked.push(chunk.toString("latin1").split("\n")[0]!);
        const mark = greeted ? chunk : chunk.subarray(chunk.indexOf(10) + 1);
        if (!greeted && step === "close") socket.destroy();
        if (!greeted && step === "strange") socket.write("HTTP/1.1 200 OK\r\n");
        if (!greeted && step === "ok-close") socket.end("OK 1073741824\n");
        if (!greeted && step === "agent") socket.write("OK 1073741824\n");
        greeted = true;
        if (step === "agent" && mark.length >= 24) {
          socket.write(concat(mark.subarray(0, 24), bytesOf.u16(1), bytesOf.u16(helloList.length), helloList));
        }
      });
    });
    return asked;
  }
  const connect = (): Promise<Guest> => connectGuest({ kind: "vsock", path, port: 5000 }, token);

  test("asks for the port, again while no guest listens", async () => {
    const asked = await firecracker(["close", "close", "agent"]);
    (await connect()).close();
    expect(asked).toEqual(["CONNECT 5000", "CONNECT 5000", "CONNECT 5000"]);
  });

  test("tries once more after an answer that is followed by an end, as restored guests give", async () => {
    await firecracker(["ok-close", "agent"]);
    (await connect()).close();
  });

  test("but not twice", async () => {
    await firecracker(["ok-close", "ok-close", "agent"]);
    expect(await failure(connect())).toMatchObject({ code: "GUEST_GONE" });
  });

  test("does not take another server for Firecracker", async () => {
    await firecracker(["strange"]);
    expect((await failure(connect())).message).toContain("strange answer");
  });
});

describe("the session's end", () => {
  test("by the host: the agent is told, what is asked afterwards is refused", async () => {
    const { guest: connected, fake } = await guest();
    connected.close();
    connected.close();
    expect((await connected.closed).message).toBe("the session with the guest was closed");
    expect(await failure(connected.sync())).toMatchObject({ code: "GUEST_GONE" });
    await eventually(() => fake.connections[0]!.control[0]?.type === frameTypes.goAway);
  });

  test("by the guest: what is under way ends with GUEST_GONE", async () => {
    const { guest: connected, fake } = await guest({ serve: () => fake.connections[0]!.socket.terminate() });
    expect(await failure(connected.waitBoot())).toMatchObject({ code: "GUEST_GONE" });
    expect(await connected.closed).toMatchObject({ code: "GUEST_GONE" });
    expect(await failure(connected.exec({ argv: ["true"] }))).toMatchObject({ code: "GUEST_GONE" });
  });

  test("by another host that took the channel over", async () => {
    const { guest: first, fake } = await guest({
      greeted: () => (fake.connections.length > 1 ? fake.connections[0]!.socket.terminate() : undefined),
    });
    const asking = first.waitBoot();
    const second = await connectGuest({ kind: "unix", path }, token);
    expect(await failure(asking)).toMatchObject({ code: "GUEST_GONE" });
    second.close();
  });
});

test("a channel whose folder was swept away is said to be gone", async () => {
  const swept = join(dir, "swept/agent.sock");
  expect(await failure(connectGuest({ kind: "unix", path: swept }, token))).toMatchObject({
    code: "GUEST_GONE",
    message: `the way to the guest's agent is gone: ${swept}`,
  });
});

describe("questions", () => {
  const answering = (...answer: readonly Uint8Array[]) =>
    guest({ serve: (stream) => void stream.message(tags.ok, ...answer).then(() => stream.fin()) });
  const health = [
    record(1, bytesOf.u64(5000n)),
    record(2, bytesOf.text("degraded")),
    record(3, bytesOf.u32(125)),
    record(4, bytesOf.u64(1000n)),
    record(5, bytesOf.u64(600n)),
    record(6, bytesOf.u64(9_000_000_000n)),
    record(7, bytesOf.u64(8_000_000_000n)),
    record(8, bytesOf.u32(42)),
  ];

  test("health", async () => {
    expect(await (await answering(...health)).guest.health()).toEqual({
      uptimeMs: 5000,
      init: "degraded",
      load: 1.25,
      memoryTotalBytes: 1_024_000,
      memoryAvailableBytes: 614_400,
      diskTotalBytes: 9_000_000_000,
      diskAvailableBytes: 8_000_000_000,
      processes: 42,
    });
  });

  test("an agent that hangs is not waited for for ever", async () => {
    agent({ serve: () => {} });
    const hung = await connectGuest({ kind: "unix", path }, token, { answerMs: 20 });
    open.push({ stop: () => hung.close() });
    for (const asked of [hung.health(), hung.ports()]) {
      expect(await failure(asked)).toMatchObject({
        code: "GUEST_GONE",
        message: "the guest's agent did not answer within 0.02 s",
      });
    }
  });

  test("a state that does not exist ends the session", async () => {
    const { guest: connected } = await answering(...health, record(2, bytesOf.text("fine")));
    expect((await failure(connected.health())).message).toContain('an init state called "fine"');
    expect(await connected.closed).toMatchObject({ code: "GUEST_PROTOCOL" });
  });

  test("ports", async () => {
    const port = (...fields: readonly Uint8Array[]): Uint8Array =>
      record(
        1,
        record(1, bytesOf.text("tcp")),
        record(2, bytesOf.text("::1")),
        record(3, bytesOf.u16(65535)),
        ...fields,
      );
    const list = [port(), port(record(4, bytesOf.text("s\x1b[2Jshd")), record(5, bytesOf.u32(7))), record(2)];
    const plain = { protocol: "tcp" as const, address: "::1", port: 65535 };
    expect(await (await answering(...list)).guest.ports()).toEqual([plain, { ...plain, process: "s�[2Jshd", pid: 7 }]);
  });

  test("the clock is nanoseconds, boot states are words, the rest is done when it is answered", async () => {
    const { guest: connected, fake } = await answering(record(1, bytesOf.text("running")));
    await connected.setClock(1_800_000_000_123);
    expect(await connected.waitBoot()).toBe("running");
    await connected.sync();
    await connected.shutdown();
    const asked = [...fake.connections[0]!.streams.values()].flatMap(({ messages }) => messages);
    expect(asked.map(({ tag }) => tag)).toEqual([tags.clock, tags.waitBoot, tags.sync, tags.shutdown]);
    expect(asked[0]!.body).toEqual(bytesOf.u64(1_800_000_000_123_000_000n));
    await eventually(() => [...fake.connections[0]!.streams.values()].every(({ ended }) => ended));
  });

  test("can be given up on", async () => {
    const { guest: connected, fake } = await guest();
    const abort = new AbortController();
    const waiting = connected.waitBoot(abort.signal);
    await tick();
    abort.abort();
    expect(await failure(waiting)).toMatchObject({ code: "CANCELLED" });
    await eventually(() => fake.connections[0]!.streams.get(1)!.reset);
    expect(await failure(connected.waitBoot(abort.signal))).toMatchObject({ code: "CANCELLED" });
  });
});
