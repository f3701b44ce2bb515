import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { failure } from "../../test/helpers/failure.ts";
import { reach } from "./reach.ts";

test("a connection that was made while its signal was aborted is closed: it would keep the next one waiting", async () => {
  const dir = mkdtempSync("/tmp/reach-");
  const held: Socket[] = [];
  const ended = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    held.push(socket);
    socket.on("error", () => {}).on("close", ended.resolve);
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(`${dir}/s`, resolve));
  try {
    const abort = new AbortController();
    const reaching = failure(reach({ kind: "unix", path: `${dir}/s` }, abort.signal));
    abort.abort();
    expect(await reaching).toMatchObject({ code: "CANCELLED" });
    if (held.length > 0) await ended.promise;
  } finally {
    for (const socket of held) socket.destroy();
    server.close();
    rmSync(dir, { recursive: true });
  }
});
