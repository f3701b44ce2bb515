import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BangerError } from "../../core/api/errors.ts";
import { failure } from "../../../test/helpers/failure.ts";
import { Peer } from "./peer.ts";
import { givesIterable } from "./values.ts";

type Root = (name: string, ...args: never[]) => unknown;

/** Two ends with a line between them. */
function pair(root: Root): { near: Peer; far: Peer; broken: string[] } {
  const broken: string[] = [];
  const end = (to: () => Peer, answer: Root): Peer =>
    new Peer({
      send: (line) => queueMicrotask(() => to().receive(new TextEncoder().encode(line))),
      root: answer,
      broken: (why) => void broken.push(why),
    });
  const near: Peer = end(
    () => far,
    () => null,
  );
  const far: Peer = end(() => near, root);
  return { near, far, broken };
}

const thrower = (error: Error) => (): never => {
  throw error;
};

/** What becomes of a value on the way there and back. */
const echo = (value: unknown): Promise<unknown> => pair((_, given) => given).near.ask("echo", [value]);

describe("what crosses", () => {
  test("any JSON, also what looks like the line's own words", async () => {
    const json = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, fc.jsonValue(), tie("object")),
      object: fc.dictionary(fc.constantFrom("$", "ref", "a", "__proto__"), tie("value")),
    })).value;
    await fc.assert(
      fc.asyncProperty(json, async (value) => {
        // JSON has no -0.
        expect(await echo(value)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test("bytes, undefined, errors with their code and without", async () => {
    expect(await echo({ data: new Uint8Array([0, 255]), more: [undefined, undefined] })).toEqual({
      data: new Uint8Array([0, 255]),
      more: [null, null],
    });
    expect(await echo(undefined)).toBeUndefined();
    const thrown = (error: Error): Promise<Error> => failure(pair(thrower(error)).near.ask("x", []));
    expect(await thrown(new BangerError("NETWORK_CLASH", "no", { hint: "yes" }))).toMatchObject({
      code: "NETWORK_CLASH",
      message: "no",
      hint: "yes",
    });
    expect(await thrown(new RangeError("far"))).toMatchObject({ name: "Error", message: "far" });
  });

  test("functions, both ways", async () => {
    const { near } = pair(async (_, double: (n: number) => Promise<number>) => ({
      twice: async (n: number) => double(n),
    }));
    const { twice } = (await near.ask("x", [(n: number) => n * 2])) as { twice(n: number): Promise<number> };
    expect(await twice(21)).toBe(42);
  });

  test("promises, and iterables that end when they are not wanted any more", async () => {
    let ended = false;
    async function* numbers() {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        ended = true;
      }
    }
    const { near } = pair(() => ({
      later: Bun.sleep(1).then(() => 7),
      all: givesIterable(() => numbers()),
      some: numbers(),
    }));
    const given = (await near.ask("x", [])) as {
      later: Promise<number>;
      all(): AsyncIterable<number>;
      some: AsyncIterable<number>;
    };
    expect(await given.later).toBe(7);
    for (const iterable of [given.all(), given.some]) {
      ended = false;
      const seen: number[] = [];
      for await (const n of iterable) if (seen.push(n) === 3) break;
      expect({ seen, ended }).toEqual({ seen: [0, 1, 2], ended: true });
    }
  });

  test("signals, aborted before or later", async () => {
    const { near } = pair(
      (_, signal: AbortSignal) =>
        new Promise((resolve) => {
          if (signal.aborted) resolve((signal.reason as Error).message);
          signal.addEventListener("abort", () => resolve((signal.reason as Error).message));
        }),
    );
    const controller = new AbortController();
    const waiting = near.ask("x", [controller.signal]);
    controller.abort(new Error("enough"));
    expect(await waiting).toBe("enough");
    expect(await near.ask("x", [AbortSignal.abort(new Error("before"))])).toBe("before");
  });

  test("no class instances, no numbers that JSON does not have, nothing without an end", async () => {
    const circle: unknown[] = [];
    circle.push(circle);
    for (const bad of [new Map(), new Date(), Number.NaN, 1n, circle])
      expect(await failure(echo(bad))).toBeInstanceOf(TypeError);
  });
});

describe("the end of it", () => {
  test("what is released cannot be called", async () => {
    const { near, far } = pair((_, fn: () => Promise<unknown>) => Bun.sleep(5).then(fn));
    const scope = Symbol("scope");
    const asked = near.ask("x", [() => 1], scope);
    near.release(scope);
    expect((await failure(asked)).message).toBe("what is called is not there any more");
    expect(far).toBeDefined();
  });

  test("what was asked fails, signals are aborted, and what changes something is waited for", async () => {
    const seen: string[] = [];
    const { near, far } = pair(() => ({
      async work(signal: AbortSignal) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        await Bun.sleep(5);
        seen.push("done");
      },
      never: new Promise(() => {}),
    }));
    const { work } = (await near.ask("x", [])) as { work(signal: AbortSignal): Promise<void> };
    const asked = work(new AbortController().signal);
    await Bun.sleep(1);
    far.close(new Error("gone"));
    near.close(new Error("gone"));
    expect((await failure(asked)).message).toBe("gone");
    await far.settled();
    expect(seen).toEqual(["done"]);
    expect((await failure(near.ask("x", []))).message).toBe("gone");
  });
});

test("a scope is of the line that it was used on: another one has numbers of its own", async () => {
  const scope = Symbol("scope");
  const before = pair((_, fn: () => number) => fn);
  await before.near.ask("x", [() => 1], scope);
  const after = pair((_, fn: () => number) => fn);
  const fn = (await after.near.ask("x", [() => 2])) as () => Promise<number>;
  after.near.release(scope);
  expect(await fn()).toBe(2);
});

describe("a hostile other side", () => {
  const listening = (): { peer: Peer; broken: string[]; feed(text: string): void } => {
    const broken: string[] = [];
    const peer = new Peer({ send: () => {}, root: () => null, broken: (why) => void broken.push(why) });
    return { peer, broken, feed: (text) => peer.receive(new TextEncoder().encode(text)) };
  };

  test("no bytes make it throw", () => {
    const words = fc.constantFrom("call", "ok", "fail", "abort", "drop", "gone", "x");
    const message = fc.record(
      {
        k: words,
        id: fc.oneof(fc.nat(5), fc.anything()),
        to: fc.oneof(fc.nat(5), fc.anything()),
        ref: fc.nat(5),
        refs: fc.array(fc.nat(5)),
        args: fc.array(fc.jsonValue()),
        value: fc.jsonValue(),
        error: fc.anything(),
        reason: fc.anything(),
      },
      { requiredKeys: ["k"] },
    );
    const text = (value: unknown): string => {
      try {
        return `${JSON.stringify(value)}\n`;
      } catch {
        return "\n";
      }
    };
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), message.map(text)), { maxLength: 10 }), (lines) => {
        const { feed } = listening();
        for (const line of lines) feed(line);
      }),
    );
  });

  test.each([
    ["no JSON", "{\n", "sent what is no message"],
    ["another shape", '{"k":"call","id":1,"to":0}\n', "sent what is no message"],
    ["an answer that nobody asked for", '{"k":"ok","id":9,"value":1}\n', "answered what was not asked"],
  ])("%s ends it", (_, text, why) => {
    const { feed, broken } = listening();
    feed(text);
    expect(broken).toEqual([why]);
  });

  test("a line without an end ends it", () => {
    const { feed, broken } = listening();
    const much = "x".repeat(2 ** 20);
    for (let count = 0; count <= 16; count++) feed(much);
    expect(broken[0]).toBe("sent a line of more than 16 MiB");
  });

  test("a line in pieces is one line", async () => {
    const sent: string[] = [];
    const peer = new Peer({ send: (line) => void sent.push(line), root: (name) => name, broken: () => {} });
    for (const byte of new TextEncoder().encode('{"k":"call","id":1,"to":0,"args":["ü"]}\n'))
      peer.receive(new Uint8Array([byte]));
    await Bun.sleep(0);
    expect(sent).toEqual(['{"k":"ok","id":1,"value":"ü"}\n']);
  });
});
