import { agentBytes, version } from "../assets.ts";
import { configOf, createTroupe } from "../builtins.ts";
import { BangerError } from "../core/api/errors.ts";
import { resolveVmDefaults } from "../core/config/index.ts";
import type { ContextDeps } from "../core/engine/context.ts";
import { Lifecycle } from "../core/engine/lifecycle.ts";
import type { Paths } from "../core/model/paths.ts";
import { isAtRest } from "../core/model/state.ts";
import { checkSpec } from "../core/model/size-check.ts";
import type { VmRecord } from "../core/model/vm.ts";
import { encodeBootConfig } from "../guest/boot-config.ts";
import { connectGuest } from "../guest/index.ts";
import { bootInitramfs, modulePath } from "../guest/initramfs.ts";
import { crashPoint } from "../host/crash-point.ts";
import { diskUsage } from "../host/disk-usage.ts";
import { readConfigFile } from "../host/config-file.ts";
import { createHost, type HostOptions } from "../host/index.ts";
import { throughHelper } from "../host/privileged/client.ts";
import { inProcess, unprivileged } from "../host/privileged/index.ts";
import { peerCredentials } from "../host/peer-credentials.ts";
import { ensurePrivateDir } from "../host/private-dir.ts";
import { processStats } from "../host/process-stats.ts";
import { checkSocketPath } from "../host/socket-path.ts";
import { embeddedCatalog } from "../images/catalog.ts";
import { Images } from "../images/images.ts";
import { Kernels } from "../images/kernels.ts";
import { shelfOf } from "../plugins/admit.ts";
import { Plugins } from "../plugins/index.ts";
import { RpcServer } from "../rpc/server.ts";
import { ensureUserKey, generateEd25519 } from "../ssh/key.ts";
import { openStore } from "../store/index.ts";
import type { Api } from "./api.ts";
import { basePart } from "./base.ts";
import { bootConfigOf } from "./boot-files.ts";
import { Casts } from "./casts.ts";
import { lastConsoleLine } from "./console.ts";
import { journalMoments, withCrashPoint } from "./crash-points.ts";
import { createVm } from "./create.ts";
import { InitramfsCache } from "./initramfs-cache.ts";
import { Leases } from "./leases.ts";
import { Library } from "./library.ts";
import { createLog, fileWriter } from "./log.ts";
import { takeLocks } from "./locks.ts";
import { boundLogs } from "./log-bounds.ts";
import { operationId, Operations } from "./operations.ts";
import { allRoutes } from "./routes/index.ts";
import { recast, renew, type RenewDeps } from "./renew.ts";
import { watchSocket } from "./socket-watch.ts";
import { Vms } from "./vms.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface DaemonOptions {
  readonly env: Environment;
  /** The argv that starts this very program. */
  readonly self: readonly string[];
}

/** The composition root: wires everything, recovers, serves. */
export class Daemon {
  readonly #ended = Promise.withResolvers<void>();
  #close: () => void = () => {};

  /** Resolves when the daemon has let go of everything. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Lets go of everything: socket, leases with their VMs, store, lock. The other guests run on. Idempotent. */
  end(): void {
    this.#close();
    this.#close = () => {};
  }

  /** Throws what makes it impossible to serve, having taken nothing. */
  static async start(paths: Paths, options: DaemonOptions): Promise<Daemon> {
    const daemon = new Daemon();
    const undo = new AsyncDisposableStack();
    try {
      await daemon.#open(paths, options, undo);
    } catch (thrown) {
      await undo.disposeAsync();
      throw thrown;
    }
    return daemon;
  }

  async #open(paths: Paths, { env, self }: DaemonOptions, undo: AsyncDisposableStack): Promise<void> {
    const startedAt = Date.now();
    for (const dir of [paths.stateDir, paths.vmsDir, paths.cacheDir]) await ensurePrivateDir(dir);
    await ensurePrivateDir(paths.runtimeDir, { exact: true });
    checkSocketPath(paths.socket);
    for (const lock of await takeLocks(paths)) undo.defer(() => lock.release());

    const troupe = createTroupe({ uid: process.getuid!(), service: paths.service !== null });
    const { publicKey: sshKey } = await ensureUserKey(paths.sshDir);
    // Once: what plugins are, and all else, is of one state of the file.
    const configText = await readConfigFile(paths.configFile);
    const config = await configOf(configText, paths, troupe);
    const log = createLog(config.logLevel, fileWriter(paths.daemonLog));
    const store = openStore(paths.database);
    undo.defer(() => store.close());
    const host = createHost({ env, self, ...installedNamespace(paths, self) });
    const shelf = { host, uid: process.getuid!(), catalog: embeddedCatalog() };
    const images = new Images({ ...shelf, dir: paths.imagesDir });
    const kernels = new Kernels({ ...shelf, dir: paths.kernelsDir });
    const library = new Library({ images, kernels, vms: store.vms });
    const initramfs = new InitramfsCache(paths.cacheDir, agentBytes);
    const base = basePart({ hostKey: () => generateEd25519("banger guest").privateKey });
    const plugins = new Plugins({
      shelf: shelfOf(paths),
      output: { dir: `${paths.stateDir}/plugins` },
      builtIn: troupe.capabilities.map(({ name }) => name),
      host,
      self,
      env,
      onCrash(plugin, why, calm) {
        log("warn", why, { plugin });
        if (calm) void renew(renewal(), `capability/${plugin}`);
      },
    });
    plugins.follow(configText);
    undo.defer(() => plugins.close());
    const renewal = (): RenewDeps => ({ vms, casts, contexts, log });
    const casts = new Casts(troupe, config, host, base, plugins);
    const placesOf = (vm: Pick<VmRecord, "id" | "name">) => ({
      id: vm.id,
      name: vm.name,
      stateDir: `${paths.vmsDir}/${vm.id}`,
      runtimeDir: `${paths.runtimeDir}/${vm.id}`,
    });
    const connect = (channel: Parameters<typeof connectGuest>[0], token: string, signal: AbortSignal) =>
      connectGuest(channel, Uint8Array.fromHex(token), { signal });
    const pass = crashPoint(env["BANGER_CRASH_AT"], journalMoments);
    const journal = pass === null ? store.journal : withCrashPoint(store.journal, pass);
    const [uid, gid] = [process.getuid!(), process.getgid!()];
    const principal = { uid, gid, stateDir: paths.stateDir, runtimeDir: paths.runtimeDir };
    // Decided once: what was set up by one answerer is taken down by the same one.
    const privileged =
      uid === 0
        ? inProcess({ host, principal })
        : paths.service === null
          ? unprivileged
          : throughHelper(paths.service.helperSocket);
    const stop: ContextDeps["stop"] = (id, reason) => vms.stopSoon(id, reason);
    const contexts = { journal, host, privileged, self: base, stop };
    const lifecycle = new Lifecycle({
      ...contexts,
      vms: store.vms,
      find: (key) => casts.find(key),
      now: Date.now,
      placesOf,
      makePrivateDir: ensurePrivateDir,
      randomToken: () => crypto.getRandomValues(new Uint8Array(16)).toHex(),
      async writeBootFiles(files) {
        const kernel = await library.kernelOf(files.vm.kernel.name);
        const setting = {
          now: Date.now(),
          entropy: crypto.getRandomValues(new Uint8Array(64)),
          modules: kernel.bootModules.map(modulePath),
          init: "auto",
        };
        await bootInitramfs(await initramfs.of(kernel), encodeBootConfig(bootConfigOf(files, setting)), files.path);
      },
      connect,
      lastConsoleLine,
    });
    const vms = new Vms({
      ...contexts,
      vms: store.vms,
      lifecycle,
      casts,
      library,
      log,
      sshKey,
      diskUsage,
      connect: (running, token, signal) => connect(running.channel, token, signal),
      placesOf,
    });
    undo.defer(() => vms.close());
    const operations = new Operations(log);
    const leases = new Leases(vms, log);
    const hostSize = { cpus: await host.cpuCount(), memoryBytes: await host.memoryBytes() };
    const defaults = resolveVmDefaults(config, hostSize);
    const checkSize: Api["checkSize"] = (size) => checkSpec(size, hostSize);

    undo.defer(async () => void (await Promise.all([operations.settled(), leases.settled()])));

    await vms.reconcile();
    const server = await RpcServer.listen({
      socketPath: paths.socket,
      version,
      peerOf: peerCredentials,
      admit: ({ uid }) => {
        if (uid !== 0 && uid !== process.getuid?.())
          throw new BangerError("BAD_REQUEST", `uid ${uid} is not this daemon's owner`);
      },
      newOperation: operationId,
      onError: (error, call) =>
        log(error.code === "INTERNAL" ? "error" : "info", `${call.method} ${call.path}: ${error.message}`, {
          operation: call.operation,
        }),
      routes: allRoutes({
        vms,
        plugins,
        journal,
        async followConfig() {
          const fresh = plugins.follow(await readConfigFile(paths.configFile));
          await recast(renewal());
          for (const name of fresh) await renew(renewal(), `capability/${name}`);
        },
        contexts,
        operations,
        leases,
        library,
        defaults,
        create: (request, operation) =>
          createVm({ vms: store.vms, casts, library, config, defaults, checkSize }, request, operation),
        checkSize,
        placesOf,
        processStats,
        diskUsage,
        status: () => {
          const all = store.vms.list();
          const running = all.filter(({ state }) => state === "running").length;
          const { socket, stateDir } = paths;
          return {
            version,
            pid: process.pid,
            startedAt: new Date(startedAt).toISOString(),
            socket,
            stateDir,
            vms: all.length,
            running,
          };
        },
        stop: (answered) => this.#stop(operations, leases, answered),
      }),
    });
    undo.defer(() => server.close());
    undo.defer(
      watchSocket(paths.socket, () => {
        log("warn", `its socket was taken away: ${paths.socket}`);
        this.end();
      }),
    );
    const busy = (): readonly VmRecord[] => store.vms.list().filter(({ state }) => !isAtRest(state));
    const logsOf = (vm: VmRecord): string[] =>
      ["console", "vmm", "metrics", "network"].map((log) => `${placesOf(vm).stateDir}/${log}.log`);
    undo.defer(boundLogs(() => [paths.daemonLog, ...plugins.logs, ...busy().flatMap(logsOf)]));
    library.sweep().catch((thrown: unknown) => log("warn", "cannot sweep the images", { error: String(thrown) }));
    log("info", `serving`, { pid: process.pid, version, socket: paths.socket });
    this.#close = () => {
      log("info", "ending", { pid: process.pid });
      operations.cancelAll("the daemon is ending");
      void undo.disposeAsync().then(() => this.#ended.resolve());
    };
  }

  /** Ends the daemon once its answer is out; refuses while somebody's work would be lost. */
  #stop(operations: Operations, leases: Leases, answered: AbortSignal): void {
    const busy = operations.list().map(({ kind, subject }) => `${kind} ${subject}`.trim());
    if (leases.count > 0) busy.push(`${leases.count} vm run --rm`);
    if (busy.length > 0) {
      throw new BangerError("DAEMON_BUSY", `the daemon is at work: ${busy.join(", ")}`, {
        hint: "wait for it, or end it with Ctrl-C where it was started",
      });
    }
    if (answered.aborted) this.end();
    else answered.addEventListener("abort", () => this.end(), { once: true });
  }
}

/** A service may not gain privileges by newuidmap: the root helper maps its namespaces. */
function installedNamespace({ service }: Paths, self: readonly string[]): Pick<HostOptions, "userNamespace"> {
  const [program, ...rest] = self;
  if (service === null || program === undefined) return {};
  return { userNamespace: [program, ...rest, "internal", "mapped", service.helperSocket, "--"] };
}
