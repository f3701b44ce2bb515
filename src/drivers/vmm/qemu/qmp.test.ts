import { afterEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { LineReader } from "./line-reader.ts";
import { Qmp, type QmpEvent } from "./qmp.ts";

type Reply = (request: { execute: string; arguments: object; id: number }) => string;

const greeting = '{"QMP": {"version": {"qemu": {"major": 7}}, "capabilities": []}}\r\n';
const ok: Reply = ({ id }) => `{"return": {}, "id": ${id}}\r\n`;
const undo: (() => void)[] = [];
afterEach(() => undo.splice(0).forEach((one) => one()));

/** A socket that greets and then answers each line; an answer is sent byte by byte if asked for. */
function qemu(reply: Reply, { hello = greeting, pieces = false } = {}): string {
  const dir = mkdtempSync("/tmp/qmp-");
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const send = (text: string): void => {
      for (const part of pieces ? text : [text]) socket.write(part);
    };
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      for (const line of bytes.toString().trim().split("\n")) send(reply(JSON.parse(line)));
    });
    send(hello);
    sockets.add(socket);
  }).listen(`${dir}/s`);
  undo.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(dir, { recursive: true });
  });
  return `${dir}/s`;
}

const open = async (path: string, onEvent?: (event: QmpEvent) => void): Promise<Qmp> => {
  const qmp = await Qmp.open(path, { signal: AbortSignal.timeout(2000), ...(onEvent && { onEvent }) });
  undo.push(() => qmp.close());
  return qmp;
};

describe("qmp", () => {
  test("negotiates first; answers go to who asked, in any order, cut anywhere", async () => {
    const asked: string[] = [];
    let held = "";
    const path = qemu(
      ({ execute, id }) => {
        asked.push(execute);
        const answer = `{"return": "${execute}", "id": ${id}}\r\n`;
        if (execute === "slow") return ((held = answer), "");
        return answer + held;
      },
      { pieces: true },
    );
    const qmp = await open(path);
    expect(await Promise.all([qmp.execute("slow"), qmp.execute("fast")])).toEqual(["slow", "fast"]);
    expect(asked).toEqual(["qmp_capabilities", "slow", "fast"]);
  });

  test("events", async () => {
    const events: QmpEvent[] = [];
    const path = qemu(
      (request) => `{"event": "STOP", "timestamp": {}}\r\n{"event": "JOB", "data": {"a": 1}}\r\n${ok(request)}`,
    );
    await open(path, (event) => events.push(event));
    expect(events).toEqual([
      { name: "STOP", data: {} },
      { name: "JOB", data: { a: 1 } },
    ]);
  });

  test("a refusal names the reason and the command", async () => {
    const path = qemu(({ execute, id }) =>
      execute === "cont"
        ? `{"error": {"class": "GenericError", "desc": "not now"}, "id": ${id}}\r\n`
        : `{"return": {}, "id": ${id}}\r\n`,
    );
    const qmp = await open(path);
    expect(qmp.execute("cont")).rejects.toMatchObject({
      code: "VMM_FAILED",
      message: "QEMU refused: not now",
      detail: ["command: cont"],
    });
  });

  test.each([
    ["nonsense\r\n", "not JSON"],
    ["[1]\r\n", "not an object"],
    ['{"return": {}, "id": 99}\r\n', "not asked"],
    ['{"return": {}, "id": "__proto__"}\r\n', "not asked"],
    ["{}\r\n", "not asked"],
    [`${"[".repeat(500_000)}\r\n`, "not JSON"],
    ["x".repeat(2 << 20), "more than 1048576 bytes"],
  ])("what makes no sense ends the connection (%#)", async (nonsense, why) => {
    const path = qemu((request) => (request.execute === "go" ? nonsense : ok(request)));
    const qmp = await open(path);
    expect(qmp.execute("go")).rejects.toThrow(why);
    await qmp.execute("go").catch(() => {});
    expect(qmp.execute("more")).rejects.toThrow(why);
  });

  test("a socket that never greets is waited for as long as the signal says", async () => {
    const path = qemu(ok, { hello: "" });
    expect(Qmp.open(path, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ name: "TimeoutError" });
  });

  test("a command is answered even when QEMU goes away", async () => {
    const path = qemu(ok);
    const qmp = await open(path);
    const answer = qmp.execute("quit").then(() => qmp.execute("after"));
    undo.splice(0, 1)[0]!();
    expect(answer).rejects.toMatchObject({ code: "VMM_FAILED" });
    await answer.catch(() => {});
  });

  test("no socket: the system's own error", () => {
    expect(Qmp.open("/tmp/no/such/socket")).rejects.toMatchObject({ code: "ENOENT" });
  });
});

test("lines come out whole however the bytes are cut", () => {
  const lines = fc.array(
    fc
      .string({ unit: "grapheme" })
      .map((text) => text.replaceAll(/\s/g, ""))
      .filter((text) => text !== ""),
  );
  fc.assert(
    fc.property(lines, fc.array(fc.nat(9)), (expected, cuts) => {
      const seen: string[] = [];
      const reader = new LineReader(1 << 16, (line) => seen.push(line));
      let rest = new TextEncoder().encode(expected.map((line) => `${line}\r\n`).join(""));
      for (const cut of cuts) {
        reader.push(rest.subarray(0, cut));
        rest = rest.subarray(cut);
      }
      reader.push(rest);
      expect(seen).toEqual(expected);
    }),
  );
});
