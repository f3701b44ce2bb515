import { totalmem } from "node:os";
import type { Host } from "../core/api/host.ts";
import { childEnvironment, type Environment } from "./environment.ts";
import { findProgram, searchPath } from "./search-path.ts";

export interface HostOptions {
  /** What children inherit; PATH says where programs are looked for. */
  readonly env?: Environment;
  /** What starts this very program: its executable, and its main file where it is not compiled. Needed to ask KVM. */
  readonly self?: readonly string[];
  /** See Host.userNamespace; default: unshare, which needs newuidmap. */
  readonly userNamespace?: readonly [string, ...string[]];
}

const unshared = ["unshare", "--user", "--map-root-user", "--map-auto", "--"] as const;

/** This machine, for drivers, capabilities and everything else that must not touch it itself. Cheap: its parts load when they are used. */
export function createHost({ env = {}, self, userNamespace = unshared }: HostOptions = {}): Host {
  const path = searchPath(env["PATH"]);
  const place = { env, path };
  const kvm = lazily(async () => (await import("./kvm.ts")).kvmAsker(self, childEnvironment(env, path)));
  const tscKhz = lazily(async () => (await import("./tsc.ts")).tscKhz());
  const run: Host["run"] = async (argv, options) => (await import("./run.ts")).run(place, argv, options);
  const ext4 = lazily(async () => new (await import("./ext4.ts")).Ext4Maker(run));
  return {
    run,
    userNamespace: async () => userNamespace,
    which: async (program) => findProgram(program, path),
    start: async (argv, options) => (await import("./start.ts")).start(place, argv, options),
    childOf: async (process, program) => (await import("./child-of.ts")).childOf(process, program),
    findProcesses: async (marker) => (await import("./find-processes.ts")).findProcesses(marker),
    isAlive: async (process) => (await import("./proc.ts")).isAlive(process),
    self: async () => (await import("./proc.ts")).ownIdentity(),
    signal: async (process, signal) => (await import("./signal-process.ts")).signalProcess(process, signal),
    waitExit: async (process, signal) => (await import("./wait-exit.ts")).waitExit(process, signal),
    createExt4: async (path, sizeBytes) => (await ext4()).create(path, sizeBytes),
    growFile: async (path, sizeBytes) => (await import("./ext4.ts")).growFile(path, sizeBytes),
    remove: async (path) => (await import("./files.ts")).remove(path),
    freeBytes: async (path) => (await import("./files.ts")).freeBytes(path),
    kvm: async () => (await kvm())(),
    cpuCount: async () => navigator.hardwareConcurrency,
    memoryBytes: async () => totalmem(),
    tscKhz,
    nameservers: async () => (await import("./nameservers.ts")).nameservers(),
    watchRoutes: async (onChange, signal) => (await import("./route-watch.ts")).watchRoutes(onChange, signal),
  };
}

/** The same promise for every caller. */
function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
