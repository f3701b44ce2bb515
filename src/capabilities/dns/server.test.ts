import { afterAll, beforeAll, describe, expect, spyOn, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { decode, encode, streamEncode } from "dns-packet";
import fc from "fast-check";
import { eventually } from "../../../test/helpers/eventually.ts";
import { serveAnywhere } from "../../../test/helpers/serve-dns.ts";
import { cutMessages, serveDns, type DnsServer } from "./server.ts";
import { Zone } from "./zone.ts";

const zone = new Zone();
zone.set("1", "web", "127.77.0.9");
const question = { type: "query", id: 7, questions: [{ type: "A", name: "web.vm" }] } as const;
const query = (id: number): Buffer => encode({ ...question, id, questions: [...question.questions] });

let server: DnsServer;
beforeAll(async () => {
  server = await serveAnywhere(zone);
});
afterAll(() => server.close());

/** Sends datagrams, and gives what came back until the last question's answer. */
async function exchange(datagrams: readonly Uint8Array[]): Promise<Buffer[]> {
  const heard: Buffer[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const client = await Bun.udpSocket({
    connect: { hostname: "127.0.0.1", port: server.port },
    socket: {
      data(_, bytes) {
        heard.push(bytes);
        if (bytes.readUInt16BE(0) === 65_535) resolve();
      },
    },
  });
  for (const datagram of [...datagrams, query(65_535)]) if (datagram.length > 0) client.send(datagram);
  await promise;
  client.close();
  return heard;
}

async function dial(): Promise<{ socket: Socket; heard: () => Buffer; closed: Promise<void> }> {
  const pieces: Buffer[] = [];
  const socket = connect(server.port, "127.0.0.1");
  const closed = new Promise<void>((resolve) => void socket.on("close", () => resolve()));
  socket.on("data", (piece) => void pieces.push(piece)).on("error", () => {});
  await new Promise<void>((resolve) => void socket.on("connect", () => resolve()));
  return { socket, heard: () => Buffer.concat(pieces), closed };
}

const addressIn = (message: Buffer): unknown => (decode(message).answers?.[0] as { data?: unknown } | undefined)?.data;

describe("over UDP", () => {
  test("answers that cannot be sent are lost, and those after them are not", async () => {
    const open = Bun.udpSocket;
    let refused = 0;
    const opened = spyOn(Bun, "udpSocket").mockImplementation((async (options: Parameters<typeof open>[0]) => {
      const socket = await open(options);
      const sendMany = socket.sendMany.bind(socket);
      // As where a firewall drops what goes out.
      const mayFail = (packets: Parameters<typeof sendMany>[0]): number => {
        if (refused++ === 0) throw Object.assign(new Error("operation not permitted"), { code: "EPERM" });
        return sendMany(packets);
      };
      return Object.assign(socket, { sendMany: mayFail });
    }) as typeof open);
    const other = await serveAnywhere(zone);
    opened.mockRestore();
    const heard = Promise.withResolvers<Buffer>();
    const client = await Bun.udpSocket({
      connect: { hostname: "127.0.0.1", port: other.port },
      socket: { data: (_, bytes) => heard.resolve(bytes) },
    });
    client.send(query(1));
    await eventually(() => refused === 1);
    client.send(query(2));
    expect((await heard.promise).readUInt16BE(0)).toBe(2);
    client.close();
    other.close();
  });

  test("many questions at once have each its own answer", async () => {
    const answers = await exchange(Array.from({ length: 50 }, (_, id) => query(id)));
    expect(new Set(answers.map((answer) => answer.readUInt16BE(0))).size).toBe(51);
    for (const answer of answers) expect(addressIn(answer)).toBe("127.77.0.9");
  });

  test("garbage and answers of other servers, its own among them: it goes on answering, and answers no answer", async () => {
    const [own] = await exchange([query(1)]);
    expect((await exchange([own!, own!, Buffer.from([1, 2, 3])])).length).toBe(1);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 10 }), async (datagrams) => {
        expect(addressIn((await exchange(datagrams)).at(-1)!)).toBe("127.77.0.9");
      }),
      { numRuns: 50 },
    );
  });
});

describe("over TCP", () => {
  test("questions in any pieces, several on one connection", async () => {
    const client = await dial();
    const bytes = Buffer.concat(
      [1, 2, 3].map((id) => streamEncode({ ...question, id, questions: [...question.questions] })),
    );
    for (const byte of bytes) client.socket.write(Uint8Array.of(byte));
    while (cutMessages(client.heard()).messages.length < 3) await Bun.sleep(1);
    expect(cutMessages(client.heard()).messages.map(addressIn)).toEqual(Array(3).fill("127.77.0.9"));
    client.socket.destroy();
  });

  test.each([
    ["a message that is too long", Buffer.concat([Buffer.from([0xff, 0xff]), Buffer.alloc(5000)])],
    ["a message of nothing", Buffer.from([0, 0])],
    ["an answer", Buffer.from([0, 12, 0, 1, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
  ])("%s: hung up on", async (_, bytes) => {
    const client = await dial();
    client.socket.write(bytes);
    await client.closed;
    expect(client.heard().length).toBe(0);
  });

  test("65th client is hung up on, and a place that becomes free is given again", async () => {
    const clients = await Promise.all(Array.from({ length: 64 }, dial));
    await (
      await dial()
    ).closed;
    clients[0]!.socket.destroy();
    await clients[0]!.closed;
    await Bun.sleep(50);
    const late = await dial();
    late.socket.write(streamEncode({ ...question, questions: [...question.questions] }));
    while (cutMessages(late.heard()).messages.length === 0) await Bun.sleep(1);
    for (const { socket } of [...clients, late]) socket.destroy();
  });

  test("messages are cut the same, however the bytes come", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), fc.nat(200), (messages, at) => {
        const framed = Buffer.concat(
          messages.flatMap((m) => [Buffer.from([m.length >> 8, m.length & 255]), Buffer.from(m)]),
        );
        const first = cutMessages(framed.subarray(0, at));
        const second = cutMessages(Buffer.concat([first.rest, framed.subarray(at)]));
        expect([...first.messages, ...second.messages].map((m) => m.toHex())).toEqual(messages.map((m) => m.toHex()));
        expect(second.rest.length).toBe(0);
      }),
    );
  });
});

test("a port that is taken, by UDP or by TCP alone, is an error with that code, and nothing stays open", async () => {
  const taken = async (port: number) =>
    serveDns(zone, "127.0.0.1", port).then(
      () => "served",
      ({ code }) => code as string,
    );
  expect(await taken(server.port)).toBe("EADDRINUSE");
  const other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  expect(await taken(other.port)).toBe("EADDRINUSE");
  other.stop(true);
  const again = await serveDns(zone, "127.0.0.1", other.port);
  again.close();
});
