import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { BangerError } from "../core/api/errors.ts";
import { DaemonClient } from "./client.ts";
import { RpcServer, type Route } from "./server.ts";

const cleanup: (() => void)[] = [];
afterEach(() => {
  for (const undo of cleanup.splice(0).toReversed()) undo();
});

async function serve(
  routes: readonly Route[],
  admit: () => void = () => {},
): Promise<{ client: DaemonClient; path: string; errors: BangerError[] }> {
  const dir = mkdtempSync("/tmp/rpc-");
  cleanup.push(() => rmSync(dir, { recursive: true }));
  const path = join(dir, "s");
  const errors: BangerError[] = [];
  const umask = process.umask(0o077);
  const server = await RpcServer.listen({
    socketPath: path,
    version: "1.0.0",
    routes,
    peerOf: () => ({ pid: 1, uid: 2, gid: 3 }),
    admit,
    newOperation: () => "op-abcdef",
    onError: (error) => errors.push(error),
  });
  process.umask(umask);
  cleanup.push(() => server.close());
  return { client: new DaemonClient(path, { version: "1.0.0" }), path, errors };
}

const failure = (promise: Promise<unknown>): Promise<BangerError> =>
  promise.then(
    () => expect.unreachable(),
    (thrown: unknown) => thrown as BangerError,
  );

test("JSON goes in and out, named parts are decoded, the socket is private", async () => {
  const { client, path } = await serve([
    {
      kind: "json",
      method: "POST",
      path: "/v1/x/:ref",
      handle: async ({ params, json, peer, query }) => ({ params, body: await json(), peer, q: query.get("q") }),
    },
  ]);
  expect(await client.request("POST", "/v1/x/a%2Fb?q=1", { a: "ü" })).toEqual({
    params: { ref: "a/b" },
    body: { a: "ü" },
    peer: { pid: 1, uid: 2, gid: 3 },
    q: "1",
  });
  expect(statSync(path).mode & 0o077).toBe(0);
});

test("a server may end as soon as an answer is out: the client has it whole", async () => {
  const value = "x".repeat(100_000);
  let over: AbortSignal | null = null;
  const { client, path } = await serve([
    {
      kind: "json",
      method: "POST",
      path: "/stop",
      async handle({ gone }) {
        over = gone;
        gone.addEventListener("abort", () => cleanup.pop()!());
        return value;
      },
    },
  ]);
  expect(await client.request<string>("POST", "/stop")).toBe(value);
  expect(over!).toMatchObject({ aborted: true });
  expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
});

test("a name of dots is a name, not a way to another route", async () => {
  const { client } = await serve([
    { kind: "json", method: "POST", path: "/v1/stop", handle: () => expect.unreachable() },
    { kind: "json", method: "POST", path: "/v1/x/:ref/stop", handle: async ({ params }) => params },
  ]);
  for (const ref of ["..", ".", "%2e%2e"]) {
    expect(await client.request("POST", `/v1/x/${ref}/stop`)).toEqual({ ref: decodeURIComponent(ref) });
  }
});

test("a request for long work that is refused says why", async () => {
  const { client } = await serve([
    {
      kind: "events",
      method: "POST",
      path: "/long",
      handle: () => Promise.reject(new BangerError("BAD_REQUEST", "no such size")),
    },
  ]);
  expect(await failure(client.events("POST", "/long", {}, { onEvent: () => {} }))).toMatchObject({
    code: "BAD_REQUEST",
    message: "no such size",
  });
});

test("an error comes out as it was thrown, with the operation's id; what is no error of ours is INTERNAL and logged", async () => {
  const { client, errors } = await serve([
    {
      kind: "json",
      method: "GET",
      path: "/known",
      handle: () => Promise.reject(new BangerError("VM_NOT_FOUND", "no VM", { hint: "look" })),
    },
    { kind: "json", method: "GET", path: "/defect", handle: () => Promise.reject(new Error("oops")) },
  ]);
  expect(await failure(client.request("GET", "/known"))).toMatchObject({
    code: "VM_NOT_FOUND",
    message: "no VM",
    hint: "look",
    operation: "op-abcdef",
  });
  expect(await failure(client.request("GET", "/defect"))).toMatchObject({ code: "INTERNAL", message: "oops" });
  expect(await failure(client.request("GET", "/none"))).toMatchObject({
    code: "BAD_REQUEST",
    message: "the API has no GET /none",
  });
  expect(errors.map(({ code }) => code)).toEqual(["VM_NOT_FOUND", "INTERNAL", "BAD_REQUEST"]);
});

test("another version is refused but where it is welcome", async () => {
  const { path } = await serve([
    { kind: "json", method: "GET", path: "/any", anyVersion: true, handle: async () => 1 },
    { kind: "json", method: "GET", path: "/own", handle: async () => 1 },
  ]);
  const other = new DaemonClient(path, { version: "2.0.0" });
  expect(await other.request("GET", "/any")).toBe(1);
  expect(await failure(other.request("GET", "/own"))).toMatchObject({ code: "DAEMON_VERSION" });
});

test("events arrive as they are sent; the handler learns that the client has let go", async () => {
  const gone = Promise.withResolvers<void>();
  const { client } = await serve([
    {
      kind: "events",
      method: "POST",
      path: "/work",
      async handle(call, send) {
        send({ type: "notice", level: "info", message: "one" });
        send({ type: "result", value: { a: 1 } });
        await new Promise((resolve) => call.gone.addEventListener("abort", resolve));
        gone.resolve();
      },
    },
  ]);
  const seen: string[] = [];
  const ids: string[] = [];
  const { value, release } = await client.events(
    "POST",
    "/work",
    {},
    { onEvent: (event) => seen.push(event.type), onOperation: (id) => ids.push(id) },
  );
  expect({ value, seen, ids }).toEqual({ value: { a: 1 }, seen: ["notice"], ids: ["op-abcdef"] });
  release();
  await gone.promise;
});

test("an upgrade carries bytes both ways with half-closes; before it is accepted errors are answers", async () => {
  const { client } = await serve([
    {
      kind: "upgrade",
      protocol: "banger-dial",
      method: "POST",
      path: "/echo",
      async handle(_, accept) {
        const socket = accept();
        const chunks: Uint8Array[] = [];
        for await (const chunk of socket.iterator({ destroyOnReturn: false })) chunks.push(chunk as Uint8Array);
        socket.end(Buffer.concat(chunks).toString().toUpperCase());
      },
    },
    {
      kind: "upgrade",
      protocol: "banger-dial",
      method: "POST",
      path: "/no",
      handle: () => Promise.reject(new BangerError("VM_NOT_RUNNING", "asleep")),
    },
  ]);
  const stream = await client.upgrade("/echo", "banger-dial");
  await stream.write(new TextEncoder().encode("half "));
  await stream.write(new TextEncoder().encode("closed"));
  await stream.end();
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream.read()) chunks.push(Uint8Array.from(chunk));
  expect(Buffer.concat(chunks).toString()).toBe("HALF CLOSED");
  expect(await failure(client.upgrade("/no", "banger-dial"))).toMatchObject({ code: "VM_NOT_RUNNING" });
  expect(await failure(client.upgrade("/echo", "banger-exec"))).toMatchObject({ code: "BAD_REQUEST" });
});

test("a peer that is not admitted gets no answer", async () => {
  const { client } = await serve([{ kind: "json", method: "GET", path: "/", handle: async () => 1 }], () => {
    throw new BangerError("BAD_REQUEST", "not yours");
  });
  expect((await failure(client.request("GET", "/"))).code).toBe("DAEMON_GONE");
});

test("a body past the limit and one that is no JSON are refused", async () => {
  const { client, path } = await serve([
    { kind: "json", method: "POST", path: "/x", handle: async ({ json }) => json() },
  ]);
  expect(await failure(client.request("POST", "/x", { big: "x".repeat(2 << 20) }))).toMatchObject({
    code: "BAD_REQUEST",
  });
  const answer = await fetch("http://banger/x", { unix: path, method: "POST", body: "{" });
  expect(answer.status).toBe(400);
});
