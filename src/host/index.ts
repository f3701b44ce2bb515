import { cpus, totalmem } from "node:os";
import type { Host } from "../core/api/host.ts";
import type { Environment } from "./environment.ts";
import { searchPath } from "./search-path.ts";

export interface HostOptions {
  /** What children inherit; PATH says where programs are looked for. */
  readonly env?: Environment;
  /** What starts this very program: its executable, and its main file where it is not compiled. */
  readonly self?: readonly string[];
}

/** This machine, for drivers, capabilities and everything else that must not touch it itself. Cheap: parts load when they are used. */
export function createHost({ env = {}, self = [process.execPath] }: HostOptions = {}): Host {
  const path = searchPath(env["PATH"]);
  const place = { env, path };
  const host: Host = {
    run: async (argv, options) => (await import("./run.ts")).run(place, argv, options),
    which: async (program) => (await import("./search-path.ts")).findProgram(program, path),
    start: async (argv, options) => (await import("./start.ts")).start(place, argv, options),
    findProcesses: async (marker) => (await import("./find-processes.ts")).findProcesses(marker),
    isAlive: async (process) => (await import("./proc.ts")).isAlive(process),
    self: async () => (await import("./proc.ts")).ownIdentity(),
    signal: async (process, signal) => (await import("./signal-process.ts")).signalProcess(process, signal),
    waitExit: async (process, signal) => (await import("./wait-exit.ts")).waitExit(process, signal),
    createExt4: async (path, sizeBytes) => (await import("./ext4.ts")).createExt4(host.run, path, sizeBytes),
    growFile: async (path, sizeBytes) => (await import("./ext4.ts")).growFile(path, sizeBytes),
    remove: async (path) => (await import("./files.ts")).remove(path),
    freeBytes: async (path) => (await import("./files.ts")).freeBytes(path),
    kvm: async () => ({ usable: false, reason: `not asked of ${self.join(" ")}` }),
    cpuCount: () => navigator.hardwareConcurrency || cpus().length,
    memoryBytes: () => totalmem(),
    tscKhz: async () => null,
  };
  return host;
}
