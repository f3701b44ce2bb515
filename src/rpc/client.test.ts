import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../../test/helpers/eventually.ts";
import { failure } from "../../test/helpers/failure.ts";
import type { ProgressEvent } from "../core/api/events.ts";
import { DaemonClient } from "./client.ts";

const dir = mkdtempSync(join(tmpdir(), "banger-client-"));
const path = join(dir, "s");
const open: (() => void)[] = [];
afterEach(() => open.splice(0).forEach((close) => close()));
afterAll(() => rmSync(dir, { recursive: true }));

interface Daemon {
  readonly client: DaemonClient;
  /** What was received, a string a connection. */
  readonly received: string[];
  readonly sockets: net.Socket[];
}

/** A daemon that says what a test wants once a request's head and body text have arrived. */
async function daemon(answer: (socket: net.Socket, request: string) => void): Promise<Daemon> {
  rmSync(path, { force: true });
  const received: string[] = [];
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    const index = sockets.push(socket) - 1;
    received.push("");
    let answered = false;
    socket
      .on("error", () => {})
      .on("data", (chunk) => {
        received[index] += chunk.toString("latin1");
        if (answered || !received[index]!.includes("\r\n\r\n")) return;
        answered = true;
        answer(socket, received[index]!);
      });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  open.push(
    () => server.close(),
    () => sockets.forEach((socket) => socket.destroy()),
  );
  return { client: new DaemonClient(path, { version: "1.2.3" }), received, sockets };
}

function response(status: number, body: unknown, headers = ""): string {
  const text = JSON.stringify(body);
  return `HTTP/1.1 ${status} X\r\ncontent-length: ${Buffer.byteLength(text)}\r\n${headers}\r\n${text}`;
}

const stream = "HTTP/1.1 200 OK\r\nbanger-operation: op-1\r\n\r\n";
const line = (event: object): string => `${JSON.stringify(event)}\n`;
const notice: ProgressEvent = { type: "notice", level: "info", message: "ümlaut" };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const tick = (): Promise<void> => Bun.sleep(20);

describe("a request", () => {
  test("is plain HTTP with our version, and its connection ends with it", async () => {
    const { client, received, sockets } = await daemon((socket) => socket.write(response(200, { ok: "ü" })));
    expect(await client.request<unknown>("POST", "/v1/x?a=b%20c", { q: "ö" })).toEqual({ ok: "ü" });
    expect(received[0]!.split("\r\n")).toEqual([
      "POST /v1/x?a=b%20c HTTP/1.1",
      "host: banger",
      "connection: close",
      "banger-version: 1.2.3",
      "content-type: application/json",
      "content-length: 10",
      "",
      Buffer.from('{"q":"ö"}').toString("latin1"),
    ]);
    await eventually(() => sockets[0]!.readyState !== "open");
  });

  test("throws the daemon's own error", async () => {
    const error = { code: "VM_NOT_FOUND", message: "no VM is called x", hint: "look", operation: "op-9" };
    const { client } = await daemon((socket) => socket.write(response(404, { error })));
    expect(await failure(client.request("GET", "/v1/vms/x"))).toMatchObject(error);
  });

  test("with an answer that is no error of ours is INTERNAL", async () => {
    const { client } = await daemon((socket) => socket.end("HTTP/1.1 500 X\r\n\r\noops"));
    expect(await failure(client.request("GET", "/"))).toMatchObject({ code: "INTERNAL" });
  });

  test("half answered is DAEMON_GONE", async () => {
    const { client } = await daemon((socket) => socket.end(response(200, { long: "answer" }).slice(0, -3)));
    expect(await failure(client.request("GET", "/"))).toMatchObject({ code: "DAEMON_GONE" });
    const { client: other } = await daemon((socket) => socket.destroy());
    expect(await failure(other.request("GET", "/"))).toMatchObject({ code: "DAEMON_GONE" });
  });

  test("can be cancelled while it waits, and before", async () => {
    const { client, received } = await daemon(() => {});
    const waiting = client.request("GET", "/", undefined, AbortSignal.timeout(20));
    expect(await failure(waiting)).toMatchObject({ code: "CANCELLED" });
    expect(await failure(client.request("GET", "/", undefined, AbortSignal.abort()))).toMatchObject({
      code: "CANCELLED",
    });
    expect(received.length).toBe(1);
  });

  test("cannot carry a second one in its path", async () => {
    const { client } = await daemon(() => {});
    expect(await failure(client.request("GET", "/x HTTP/1.1\r\nevil: 1"))).toMatchObject({ code: "INTERNAL" });
  });
});

test("where no daemon is, the system's reason is the cause", async () => {
  const none = await failure(new DaemonClient(join(dir, "none")).request("GET", "/"));
  expect(none).toMatchObject({ code: "DAEMON_UNREACHABLE", cause: { code: "ENOENT" } });
  const long = await failure(new DaemonClient(`/tmp/${"x".repeat(110)}`).request("GET", "/"));
  expect(long).toMatchObject({ code: "SOCKET_PATH" });
});

test("a socket in a folder that others can write to is told nothing", async () => {
  const { client, received } = await daemon((socket) => socket.end());
  chmodSync(dir, 0o777);
  open.push(() => chmodSync(dir, 0o700));
  expect(await failure(client.request("GET", "/v1/status"))).toMatchObject({ code: "STATE_UNUSABLE" });
  expect(received.join("")).toBe("");
});

describe("an operation", () => {
  test("reports its events as they come, then its result", async () => {
    const { client, sockets } = await daemon((socket) => {
      const text = Buffer.from(stream + line(notice) + line({ type: "result", value: { id: 7 } }));
      const cut = text.indexOf("ü") + 1;
      socket.write(text.subarray(0, cut));
      setTimeout(() => socket.end(text.subarray(cut)), 10);
    });
    const seen: unknown[] = [];
    const result = await client.events(
      "POST",
      "/v1/vms",
      {},
      {
        onEvent: (event) => seen.push(event),
        onOperation: (id) => seen.push(id),
      },
    );
    expect(seen).toEqual(["op-1", notice]);
    expect(result.value).toEqual({ id: 7 });
    await eventually(() => sockets[0]!.readyState !== "open");
  });

  test("with a lease lasts until it is released", async () => {
    const { client, sockets } = await daemon((socket) => socket.write(stream + line({ type: "result", value: 1 })));
    const lease = await client.events("POST", "/v1/vms", { lease: true }, { onEvent: () => {} });
    await tick();
    expect(sockets[0]!.readyState).toBe("open");
    lease.release();
    lease.release();
    await eventually(() => sockets[0]!.readyState !== "open");
  });

  test("that fails throws its error; one without an end is DAEMON_GONE", async () => {
    const error = { code: "BOOT_TIMEOUT", message: "too slow" };
    const { client } = await daemon((socket) => socket.end(stream + line({ type: "error", error })));
    expect(await failure(client.events("POST", "/", {}, { onEvent: () => {} }))).toMatchObject(error);
    const { client: other } = await daemon((socket) => socket.end(stream + line(notice)));
    expect(await failure(other.events("POST", "/", {}, { onEvent: () => {} }))).toMatchObject({ code: "DAEMON_GONE" });
  });

  test("is cancelled by asking the daemon, whose word is waited for", async () => {
    const error = { code: "CANCELLED", message: "cancelled", state: "undone" };
    const fake = await daemon((socket, request) => {
      if (request.startsWith("POST /v1/operations/op-1/cancel ")) {
        socket.end(response(200, {}));
        setTimeout(() => fake.sockets[0]!.end(line({ type: "error", error })), 10);
      } else {
        socket.write(stream);
      }
    });
    const working = fake.client.events("POST", "/v1/vms", {}, { onEvent: () => {}, signal: AbortSignal.timeout(20) });
    expect(await failure(working)).toMatchObject(error);
  });
});

describe("bytes", () => {
  test("come down whole or not at all", async () => {
    const { client } = await daemon((socket) => {
      socket.end("HTTP/1.1 200 OK\r\nbanger-file: {}\r\ncontent-length: 5\r\n\r\nhello");
    });
    const file = await client.download("/f");
    expect(file.headers.get("banger-file")).toBe("{}");
    expect(Buffer.concat(await Array.fromAsync(file.data)).toString()).toBe("hello");
    const { client: other } = await daemon((socket) => {
      socket.end("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello");
    });
    expect(await failure(Array.fromAsync((await other.download("/f")).data))).toMatchObject({ code: "DAEMON_GONE" });
  });

  async function* source(): AsyncGenerator<Uint8Array> {
    yield bytes("hello ");
    yield new Uint8Array();
    yield bytes("world");
  }

  test("go up in chunks", async () => {
    const { client, received } = await daemon((socket) => void setTimeout(() => socket.write(response(200, 1)), 20));
    expect(await client.upload<number>("/f", source())).toBe(1);
    expect(received[0]!.split("\r\n\r\n").slice(1).join("\r\n\r\n")).toBe("6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n");
  });

  test("an early refusal is heard while there is more to send", async () => {
    const error = { code: "DISK_FULL", message: "no room" };
    const { client } = await daemon((socket) => socket.write(response(500, { error })));
    const endless = (async function* (): AsyncGenerator<Uint8Array> {
      for (;;) yield new Uint8Array(65_536);
    })();
    expect(await failure(client.upload("/f", endless))).toMatchObject(error);
  });

  test("a source that fails is the error", async () => {
    const { client } = await daemon(() => {});
    const failing = (async function* (): AsyncGenerator<Uint8Array> {
      yield bytes("x");
      throw Object.assign(new Error("no such file"), { code: "ENOENT" });
    })();
    expect(await failure(client.upload("/f", failing))).toMatchObject({ message: "no such file" });
  });
});

describe("an upgrade", () => {
  test("is bytes both ways, those right behind the head included", async () => {
    const { client, received } = await daemon((socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\nhi ");
      socket.once("data", (chunk) => socket.end(chunk));
    });
    const connection = await client.upgrade("/v1/vms/x/exec", "banger-exec");
    await connection.write(bytes("there"));
    expect(Buffer.concat(await Array.fromAsync(connection.read())).toString()).toBe("hi there");
    expect(received[0]).toContain("connection: upgrade\r\nupgrade: banger-exec\r\n");
    connection.close();
  });

  test("that is refused throws the error", async () => {
    const error = { code: "VM_NOT_RUNNING", message: "x is stopped" };
    const { client } = await daemon((socket) => socket.end(response(409, { error })));
    expect(await failure(client.upgrade("/v1/vms/x/exec", "banger-exec"))).toMatchObject(error);
  });
});
