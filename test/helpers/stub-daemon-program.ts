/**
 * The real command line with a small daemon in place of the real one, so that starting it can be watched. As `daemon serve` it notes its start in
 * $STUB_DIR/starts and does what $STUB_DAEMON says: `serve`, `refuse` (an error line), `die` (no line).
 */
import { appendFileSync, writeSync } from "node:fs";
import { version as own } from "../../src/assets.ts";
import { run } from "../../src/cli/index.ts";
import { processIo } from "../../src/cli/process-io.ts";
import { placesOf } from "../../src/cli/context.ts";
import { waitLock } from "../../src/host/lock-file.ts";
import { RpcServer } from "../../src/rpc/server.ts";

const io = processIo(process.env);
const argv = process.argv.slice(2);
process.exit(argv[0] === "daemon" && argv[1] === "serve" ? await serve() : await run(argv, io));

async function serve(): Promise<number> {
  const { STUB_DIR: dir, STUB_DAEMON: mode, STUB_VERSION: version = own, STUB_BUSY: busy } = process.env;
  const { socket, daemonLock } = (await placesOf(io)).paths;
  process.umask(0o077);
  appendFileSync(`${dir}/starts`, `${JSON.stringify({ pid: process.pid, cwd: process.cwd(), env: process.env })}\n`);
  if (mode === "die") {
    console.error("something terrible");
    return 1;
  }
  const tell = (message: object): void => void writeSync(3, `${JSON.stringify(message)}\n`);
  if (mode === "refuse") {
    tell({
      error: { code: "CONFIG_INVALID", message: "config.toml has an error", detail: ["log_level: x (config.toml:1)"] },
    });
    return 1;
  }
  await waitLock(daemonLock);
  await Bun.sleep(200);
  const ended = Promise.withResolvers<void>();
  const operations = busy === undefined ? [] : [{ id: "op-abcdef", kind: "create", subject: "otter", startedAt: "" }];
  const json = { kind: "json", anyVersion: true } as const;
  const server = await RpcServer.listen({
    socketPath: socket,
    version,
    peerOf: () => ({ pid: 0, uid: 0, gid: 0 }),
    admit: () => {},
    newOperation: () => "op-000000",
    onError: () => {},
    routes: [
      { ...json, method: "GET", path: "/v1/status", handle: async () => ({ version, pid: process.pid }) },
      { ...json, method: "GET", path: "/v1/operations", handle: async () => operations },
      { ...json, method: "POST", path: "/v1/stop", handle: async () => void setTimeout(ended.resolve, 10) },
      { ...json, anyVersion: false, method: "GET", path: "/v1/defaults", handle: async () => ({}) },
      { ...json, anyVersion: false, method: "GET", path: "/v1/vms", handle: async () => [] },
    ],
  });
  process.on("SIGTERM", () => ended.resolve());
  tell({ ready: true });
  await ended.promise;
  server.close();
  return 0;
}
