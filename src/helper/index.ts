import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { version } from "../assets.ts";
import { asBangerError, BangerError } from "../core/api/errors.ts";
import type { Host } from "../core/api/host.ts";
import { servicePlaces } from "../core/model/service-places.ts";
import { crashPoint } from "../host/crash-point.ts";
import { createHost } from "../host/index.ts";
import { waitLock } from "../host/lock-file.ts";
import { peerCredentials } from "../host/peer-credentials.ts";
import { inProcess } from "../host/privileged/index.ts";
import { statusName, type HelperStatus } from "../host/privileged/wire.ts";
import { readService, writableByOthers } from "../host/service-file.ts";
import { HelperServer } from "./server.ts";

/** How long a program that an operation runs may take unless the operation says otherwise, in milliseconds. */
const programMs = 60_000;
/** How long a new helper waits for the one before to be gone, in milliseconds. */
const takeOverMs = 10_000;

/** What the helper needs of its process. */
export interface Edge {
  readonly env: Readonly<Record<string, string | undefined>>;
  err(text: string): Promise<void>;
}

/**
 * `banger helper serve [--record FILE]`: does the owner's privileged operations until it is told to end. Returns the exit status.
 * Everything it holds is the table of operations and a socket; no plugin's code and no configuration comes here.
 */
export async function serve(argv: readonly string[], io: Edge): Promise<number> {
  process.umask(0o077);
  // The number in front is the level for the journal.
  const log = (level: "info" | "warn" | "error", line: string): void =>
    void io.err(`<${{ info: 6, warn: 4, error: 3 }[level]}>${line.replaceAll("\n", " | ")}\n`);
  try {
    const { socketPath, ...service } = await record(argv);
    const lock = await waitLock(`${dirname(socketPath)}/helper.lock`, AbortSignal.timeout(takeOverMs));
    const { uid, gid, stateDir, runtimeDir } = service;
    const principal = { uid, gid, stateDir, runtimeDir };
    const operate = inProcess({ host: bounded(createHost({ env: io.env })), principal });
    const pass = crashPoint(io.env["BANGER_CRASH_AT"], ["before", "after"]);
    const status: HelperStatus = { version, pid: process.pid, owner: service.uid };
    const server = await HelperServer.listen({
      socketPath,
      owner: service,
      peerOf: peerCredentials,
      async perform(name, args) {
        if (name === statusName) return { ...status };
        pass?.("before", name);
        const value = await operate(name, args);
        pass?.("after", name);
        return value;
      },
      log,
    });
    for (const event of ["unhandledRejection", "uncaughtException"] as const)
      process.on(event, (thrown: unknown) => log("error", `${event}: ${asBangerError(thrown).stack}`));
    log("info", `serving ${service.owner} (user ${service.uid}) at ${socketPath}, version ${version}`);
    await signalled();
    await server.close();
    lock.release();
    return 0;
  } catch (thrown) {
    const { message, hint } = asBangerError(thrown);
    log("error", hint === undefined ? message : `${message}: ${hint}`);
    return 1;
  }
}

async function record(argv: readonly string[]) {
  if (process.geteuid!() !== 0) throw new BangerError("PRIVILEGE_NEEDED", "the root helper must run as root");
  const [flag, path = servicePlaces.record, ...more] = argv;
  if ((flag !== undefined && flag !== "--record") || more.length > 0)
    throw new BangerError("USAGE", "banger helper serve [--record FILE]");
  const service = await readService(path);
  if (service === null) throw new BangerError("INSTALL_RECORD", `there is no ${path}`);
  const folder = dirname(service.helperSocket);
  const stat = lstatSync(folder);
  const why = stat.isDirectory() ? writableByOthers(stat) : "it is no directory";
  if (why !== null) throw new BangerError("INSTALL_RECORD", `${folder} cannot hold the socket: ${why}`);
  return { ...service, socketPath: service.helperSocket };
}

/** Programs end in time, so that one that hangs does not keep the operations behind it from being done. */
function bounded(host: Host): Host {
  return { ...host, run: (argv, options) => host.run(argv, { timeoutMs: programMs, ...options }) };
}

async function signalled(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.once(signal, () => resolve());
  await promise;
}
