import { afterEach, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../../test/helpers/scratch.ts";
import type { Json } from "../../core/api/json.ts";
import { helperStatus, throughHelper } from "./client.ts";

const path = join(scratchFolder(), "s");
const ask = throughHelper(path) as (name: string, args: unknown) => Promise<Json>;
let server: Bun.UnixSocketListener<undefined> | undefined;
let asked = 0;

/** A helper that answers each connection's first bytes with the next of these; null is its death. */
function answering(...answers: (string | null)[]): void {
  close();
  asked = 0;
  server = Bun.listen({
    unix: path,
    socket: {
      data(socket) {
        const answer = answers[asked++] ?? null;
        if (answer === null) socket.terminate();
        else socket.end(answer);
      },
    },
  });
}

function close(): void {
  server?.stop(true);
  rmSync(path, { force: true });
}
afterEach(close);

test("a helper that is not there is waited for", async () => {
  const waiting = ask("tap.create", {});
  await Bun.sleep(60);
  answering('{"value":7}\n');
  expect(await waiting).toBe(7);
});

test("one that dies before it takes the connection is waited for, too: nothing has been asked of it", async () => {
  answering();
  const waiting = ask("tap.create", {});
  close();
  await Bun.sleep(60);
  answering('{"value":7}\n');
  expect(await waiting).toBe(7);
});

test("but not when it is only asked how it is", async () => {
  const began = performance.now();
  expect(await helperStatus(path).catch((error: unknown) => error)).toMatchObject({ code: "HELPER_UNREACHABLE" });
  expect(performance.now() - began).toBeLessThan(2000);
});

test("one that dies at what takes away has the next one asked, once", async () => {
  answering(null, '{"value":null}\n');
  expect(await ask("tap.remove", {})).toBeNull();
  answering(null, '{"value":null}\n');
  expect(await ask("jail.signal", { signal: "KILL" })).toBeNull();
  answering(null, null, '{"value":null}\n');
  const thrown = await ask("dm.remove", {}).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code: "HELPER_UNREACHABLE", message: "the root helper went away during dm.remove" });
  expect(asked).toBe(2);
});

test("one that dies at what makes something is not asked again", async () => {
  answering(null, '{"value":null}\n');
  expect(await ask("tap.create", {}).catch((error: unknown) => error)).toMatchObject({ code: "HELPER_UNREACHABLE" });
  expect(asked).toBe(1);
  answering(null, '{"value":null}\n');
  const signalled = await ask("jail.signal", { signal: "USR1" }).catch((error: unknown) => error);
  expect(signalled).toMatchObject({ code: "HELPER_UNREACHABLE" });
  expect(asked).toBe(1);
});

test("half an answer is none, and what is not JSON is no helper's", async () => {
  answering('{"value":');
  expect(await ask("tap.create", {}).catch((error: unknown) => error)).toMatchObject({ code: "HELPER_UNREACHABLE" });
  answering("hello\n");
  expect(await ask("tap.create", {}).catch((error: unknown) => error)).toMatchObject({
    message: "the root helper answered with what is not JSON",
  });
});
