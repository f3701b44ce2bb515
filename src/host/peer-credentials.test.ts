import { expect, test } from "bun:test";
import { createServer, connect, type Socket } from "node:net";
import { join } from "node:path";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { peerCredentials } from "./peer-credentials.ts";

const folder = scratchFolder();

test("who is at the other end of a unix socket", async () => {
  const path = join(folder, "socket");
  const found = Promise.withResolvers<unknown>();
  const server = createServer((socket) => {
    found.resolve(peerCredentials((socket as Socket & { _handle: { fd: number } })._handle.fd));
    socket.end();
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  connect(path).resume();
  expect(await found.promise).toEqual({ pid: process.pid, uid: process.getuid!(), gid: process.getgid!() });
  server.close();
});

test("what is no socket is an error of the system's", () => {
  expect(() => peerCredentials(999_999)).toThrow(expect.objectContaining({ code: "EBADF", syscall: "getsockopt" }));
});
