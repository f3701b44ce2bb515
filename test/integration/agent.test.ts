import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildServer, missingTools } from "../../guest/test/native.ts";
import type { ExecRequest, Guest } from "../../src/core/api/guest.ts";
import { connectGuest } from "../../src/guest/index.ts";
import { eventually } from "../helpers/eventually.ts";
import { failure } from "../helpers/failure.ts";

/** The real agent's serving part, as an ordinary process of this machine, against the real client. */
const missing = missingTools();
if (missing.length > 0 && process.env["CI"] === "true") throw new Error(`missing: ${missing.join(", ")}`);

const dir = mkdtempSync(join(tmpdir(), "banger-agent-"));
const path = join(dir, "agent.sock");
const token = crypto.getRandomValues(new Uint8Array(16));
const mebibyte = 1 << 20;
const cleanup: (() => void)[] = [];
let agent: Bun.Subprocess | undefined;

beforeAll(async () => {
  if (missing.length > 0) return;
  const program = await buildServer(dir);
  agent = Bun.spawn([program, path, token.toHex(), "FROM_CONFIG=yes"], { stderr: "inherit" });
}, 120_000);
afterEach(() => cleanup.splice(0).forEach((undo) => undo()));
afterAll(async () => {
  agent?.kill();
  await agent?.exited;
  rmSync(dir, { recursive: true, force: true });
});

async function session(): Promise<Guest> {
  const guest = await connectGuest({ kind: "unix", path }, token);
  cleanup.push(() => guest.close());
  return guest;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function run(guest: Guest, argv: readonly string[], request: Omit<ExecRequest, "argv"> = {}) {
  const process = await guest.exec({ argv, ...request });
  const text = { stdout: "", stderr: "" };
  for await (const { stream, data } of process.output()) text[stream] += Buffer.from(data).toString();
  return { ...text, exit: await process.exit };
}

/** Whether the agent has reaped the process. */
function isGone(pid: number): boolean {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
}

async function* repeated(chunk: Uint8Array, times: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < times; i++) yield chunk;
}

describe.skipIf(missing.length > 0)("programs", () => {
  test("status, signal, output apart, environment, directory", async () => {
    const guest = await session();
    const script = "echo out; echo err >&2; pwd; echo $FROM_CONFIG $MINE; exit 42";
    expect(await run(guest, ["sh", "-c", script], { env: { MINE: "a  b" }, cwd: "/usr" })).toEqual({
      stdout: "out\n/usr\nyes a b\n",
      stderr: "err\n",
      exit: { code: 42 },
    });
    expect((await run(guest, ["sh", "-c", "kill -9 $$"])).exit).toEqual({ signal: 9 });
  });

  test("arguments arrive as they are", async () => {
    const words = ["", " a  b ", "it's", '"$HOME"', "line\nbreak", "\\", "*", "ü🙂"];
    const { stdout } = await run(await session(), ["printf", "%s\\0", ...words]);
    expect(stdout.split("\0").slice(0, -1)).toEqual(words);
  });

  test("what cannot be started says why", async () => {
    const guest = await session();
    expect(await failure(guest.exec({ argv: ["no-such-program"] }))).toMatchObject({ code: "GUEST_NOT_FOUND" });
    expect(await failure(guest.exec({ argv: ["/etc/passwd"] }))).toMatchObject({ code: "GUEST_NOT_EXECUTABLE" });
    expect(await failure(guest.exec({ argv: ["true"], cwd: "/nope" }))).toMatchObject({ code: "GUEST_NOT_FOUND" });
    expect(await failure(guest.exec({ argv: ["true"], user: "nobody-here" }))).toMatchObject({
      code: "GUEST_NOT_FOUND",
    });
    expect((await run(guest, ["pwd"], { defaultCwd: "/usr" })).stdout).toBe("/usr\n");
  });

  test("64 MiB through stdin and stdout are the same bytes", async () => {
    const guest = await session();
    const process = await guest.exec({ argv: ["cat"] });
    const chunk = crypto.getRandomValues(new Uint8Array(256 * 1024));
    const [there, back] = [new Bun.CryptoHasher("sha256"), new Bun.CryptoHasher("sha256")];
    const writing = (async () => {
      for (let i = 0; i < 256; i++) {
        chunk[i] = i;
        there.update(chunk);
        await process.writeStdin(chunk);
      }
      await process.endStdin();
    })();
    for await (const { data } of process.output()) back.update(data);
    await writing;
    expect(await process.exit).toEqual({ code: 0 });
    expect(back.digest("hex")).toBe(there.digest("hex"));
  }, 60_000);

  test("a signal reaches a program that reads none of what was written to it", async () => {
    const guest = await session();
    const process = await guest.exec({ argv: ["sleep", "1000"] });
    const writing = process.writeStdin(new Uint8Array(mebibyte));
    await Bun.sleep(100);
    process.signal(2);
    expect(await process.exit).toEqual({ signal: 2 });
    await writing;
  });

  test("a reader that stalls does not hold up others; a background child does not hold up the end", async () => {
    const guest = await session();
    const stalled = await guest.exec({ argv: ["yes"] });
    const { stdout, exit } = await run(guest, ["sh", "-c", "sleep 1000 & echo $!"]);
    process.kill(Number(stdout));
    expect(exit).toEqual({ code: 0 });
    stalled.close();
    expect(await failure(stalled.exit)).toMatchObject({ code: "CANCELLED" });
  });

  test("a terminal has the size it was given, and the next one", async () => {
    const guest = await session();
    const script = "stty size; read x; stty size; echo got $x";
    const process = await guest.exec({ argv: ["sh", "-c", script], terminal: { rows: 33, cols: 111 } });
    let text = "";
    let resized = false;
    for await (const { data } of process.output()) {
      text += Buffer.from(data).toString();
      if (resized || !text.includes("33 111")) continue;
      resized = true;
      process.resize(44, 122);
      await process.writeStdin(bytes("abc\n"));
    }
    expect(text.replaceAll("\r", "")).toBe("33 111\nabc\n44 122\ngot abc\n");
    expect(await process.exit).toEqual({ code: 0 });
  });

  test("hanging up ends the program", async () => {
    const guest = await session();
    const abort = new AbortController();
    const program = await guest.exec({ argv: ["sleep", "1000"] }, abort.signal);
    abort.abort();
    expect(await failure(program.exit)).toMatchObject({ code: "CANCELLED" });
    await eventually(() => isGone(program.pid));
  });
});

describe.skipIf(missing.length > 0)("files", () => {
  const owner = { uid: process.getuid!(), gid: process.getgid!() };

  test("go in and come out, 64 MiB of them", async () => {
    const guest = await session();
    const chunk = crypto.getRandomValues(new Uint8Array(mebibyte));
    const target = join(dir, "made", "on", "the", "way");
    await guest.writeFile(target, repeated(chunk, 64), { mode: 0o640, ...owner, makeParents: true });
    expect(statSync(target).mode & 0o7777).toBe(0o640);
    const { info, data } = await guest.readFile(target);
    expect(info).toMatchObject({ size: 64 * mebibyte, ...owner });
    expect(Math.abs(info.mtimeMs - Date.now())).toBeLessThan(60_000);
    const [there, back] = [new Bun.CryptoHasher("sha256"), new Bun.CryptoHasher("sha256")];
    for (let i = 0; i < 64; i++) there.update(chunk);
    for await (const piece of data) back.update(piece);
    expect(back.digest("hex")).toBe(there.digest("hex"));
  }, 60_000);

  test("a broken put leaves the old file", async () => {
    const guest = await session();
    const target = join(dir, "kept");
    writeFileSync(target, "old");
    const failing = (async function* () {
      yield bytes("new");
      throw new Error("the source broke");
    })();
    const put = guest.writeFile(target, failing, { mode: 0o600, ...owner });
    expect((await failure(put)).message).toBe("the source broke");
    await guest.health();
    expect(readFileSync(target, "utf8")).toBe("old");
  });

  test("what is no file is refused by name", async () => {
    const guest = await session();
    expect(await failure(guest.readFile("/nope"))).toMatchObject({ code: "GUEST_NOT_FOUND" });
    expect((await failure(guest.readFile("/etc"))).message).toContain("/etc is a directory");
    const put = guest.writeFile(dir, repeated(new Uint8Array(mebibyte), 9), { mode: 0o600, ...owner });
    expect(await failure(put)).toMatchObject({ code: "GUEST_ERROR" });
  });
});

describe.skipIf(missing.length > 0)("the rest", () => {
  test("health and ports are this machine's", async () => {
    const guest = await session();
    const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const health = await guest.health();
    expect(health).toMatchObject({ init: "none" });
    expect(health.memoryTotalBytes).toBeGreaterThan(health.memoryAvailableBytes);
    expect(health.diskTotalBytes).toBeGreaterThan(mebibyte);
    const ports = await guest.ports();
    listener.stop(true);
    expect(ports).toContainEqual(
      expect.objectContaining({ protocol: "tcp", address: "127.0.0.1", port: listener.port }),
    );
    expect(await guest.waitBoot()).toBe("none");
  });

  test("ports that begin and cease to listen are told as they do", async () => {
    const guest = await session();
    const stop = new AbortController();
    const seen: boolean[] = [];
    const listen = (port: number) => Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } });
    const first = listen(0);
    const { port } = first;
    let second: typeof first | undefined;
    for await (const ports of guest.watchListening(stop.signal)) {
      const there = ports.some((other) => other.address === "127.0.0.1" && other.port === port);
      if (there === (seen.at(-1) ?? !there)) continue;
      seen.push(there);
      if (seen.length === 1) first.stop(true);
      if (seen.length === 2) second = listen(port);
      if (seen.length === 3) stop.abort();
    }
    second?.stop(true);
    expect(seen).toEqual([true, false, true]);
    const other = (async () => {
      for await (const _ of guest.watchListening()) guest.close();
    })();
    expect(await failure(other)).toMatchObject({ code: "GUEST_GONE" });
  });

  test("a dialled connection half-closes both ways", async () => {
    const guest = await session();
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      const heard: Buffer[] = [];
      socket
        .on("data", (chunk) => void heard.push(chunk))
        .on("end", () => socket.end(`heard ${Buffer.concat(heard).toString()}`));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as net.AddressInfo;
    const connection = await guest.dial({ host: "127.0.0.1", port });
    await connection.write(bytes("hello"));
    await connection.end();
    const answer = Buffer.concat(await Array.fromAsync(connection.read())).toString();
    server.close();
    expect(answer).toBe("heard hello");
    expect(await failure(guest.dial({ host: "127.0.0.1", port: 1 }))).toMatchObject({ code: "GUEST_ERROR" });
  });

  test("a new session ends the one before, with its programs", async () => {
    const first = await session();
    const program = await first.exec({ argv: ["sleep", "1000"] });
    const second = await session();
    expect(await failure(program.exit)).toMatchObject({ code: "GUEST_GONE" });
    expect((await run(second, ["echo", "here"])).stdout).toBe("here\n");
    await eventually(() => isGone(program.pid));
  });

  test("a channel that outlives its hosts, as virtio-serial does: what the last one left unread is skipped", async () => {
    const channel = net.connect(path);
    const hosts = join(dir, "hosts.sock");
    let current: net.Socket | null = null;
    channel.pause().on("data", (chunk) => {
      if (current?.write(chunk) === false) channel.pause();
    });
    const bridge = net.createServer((host) => {
      current = host;
      channel.resume();
      host.on("data", (chunk) => channel.write(chunk)).on("drain", () => channel.resume());
      host
        .on("error", () => {})
        .on("close", () => {
          if (current !== host) return;
          current = null;
          channel.pause();
        });
    });
    await new Promise<void>((resolve) => bridge.listen(hosts, resolve));
    cleanup.push(
      () => bridge.close(),
      () => channel.destroy(),
    );
    for (let i = 0; i < 5; i++) {
      const guest = await connectGuest({ kind: "unix", path: hosts }, token);
      expect((await run(guest, ["echo", String(i)])).stdout).toBe(`${i}\n`);
      // Left with windows full of output under way.
      for (let j = 0; j < 4; j++) await guest.exec({ argv: ["yes"] });
      await Bun.sleep(20);
      guest.close();
    }
  });
});
