import { asBangerError, BangerError } from "../core/api/errors.ts";
import type { Host } from "../core/api/host.ts";
import { raceAbort } from "../core/engine/lock.ts";
import { startPluginProcess, type PluginProcess, type PluginProcessOptions } from "../host/plugin-process.ts";
import type { Examined } from "./admit.ts";
import { descriptionSchema, type Description } from "./description.ts";
import { exposeHost } from "./exposed/host.ts";
import { refused } from "./manifest.ts";
import { Peer, type Scope } from "./wire/peer.ts";

export interface ProcessOptions {
  readonly name: string;
  /** Everything that can be known beforehand is looked at anew before each start. @throws BangerError PLUGIN_REFUSED */
  admit(): Examined;
  readonly host: Host;
  /** What starts this very program. */
  readonly self: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly output: PluginProcessOptions["output"];
  /** The process has ended without being asked to, and what the code held in memory with it; `calm`: it had not just done so before. */
  onCrash(why: string, calm: boolean): void;
}

/** A process with the plugin's code loaded. */
interface Loaded {
  readonly peer: Peer;
  readonly process: PluginProcess;
  readonly description: Description;
}

/** All in milliseconds. */
export const limits = {
  /** From the start of the process to the end of the import. */
  load: 10_000,
  /** For what a daemon asks beside a VM's life: the check of a configuration, an address. */
  question: 5000,
  /** For what a list shows of many VMs; nothing is ended for it. */
  glance: 1000,
  /** For a doctor's rows. */
  doctor: 30_000,
  /** For a stage and every other part of a VM's life. */
  work: 60_000,
  /** How long its event loop may stand still while something is asked of it. */
  silence: 10_000,
  /** What it has for an end by itself when what it does is cancelled. */
  grace: 3000,
  /** A plugin that could not be loaded is not tried again before. */
  retry: 5000,
  /** One that ends more often than that is not started anew before somebody needs it. */
  calm: 30_000,
  /** What the daemon does for a process that has ended is waited for no longer. */
  settle: 10_000,
} as const;

/** The process of one plugin, started when it is first needed and again after it has ended. */
export class PluginHost {
  #loaded: Promise<Loaded> | null = null;
  #running: PluginProcess | null = null;
  #failure: { readonly error: BangerError; readonly until: number } | null = null;
  #waiting = 0;
  #heard = 0;
  #watch: Timer | null = null;
  #ended = false;
  #known: Description | null = null;
  #alive = false;
  #crashedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: ProcessOptions) {}

  get running(): boolean {
    return this.#loaded !== null;
  }

  /** Whether it was ended for good. */
  get closed(): boolean {
    return this.#ended;
  }

  /** What the code had when it was loaded last; null before the first time. */
  get known(): Description | null {
    return this.#known;
  }

  /** What the code has; starts the process where there is none. */
  async description(): Promise<Description> {
    return (await this.#load()).description;
  }

  /**
   * Asks the plugin by name. The scope, if one is given, outlives the call. A plugin that does not answer in time, or goes on for long after
   * the signal, is ended. Where its process ends, what the daemon does for it has ended too before this throws.
   */
  async ask(
    name: string,
    args: readonly unknown[],
    { ms = limits.work, signal, scope }: { ms?: number; signal?: AbortSignal | undefined; scope?: Scope } = {},
  ): Promise<unknown> {
    const { peer, process } = await raceAbort(this.#load(), signal);
    const own = scope ?? Symbol("scope");
    const over = new AbortController();
    const give = (error: Error): void => over.abort(error);
    const late = setTimeout(() => give(this.#failed(`did not finish within ${ms / 1000} s`)), ms);
    let cancelled: Timer | undefined;
    const onAbort = (): void => {
      cancelled = setTimeout(() => give(signal!.reason as Error), limits.grace);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#listen(+1);
    try {
      return await raceAbort(peer.ask(name, args, own), over.signal);
    } catch (thrown) {
      // What was given up must not go on while its undo begins.
      if (over.signal.aborted) this.#end(process, peer, asBangerError(thrown));
      await Promise.race([peer.settled(), Bun.sleep(limits.settle)]);
      throw signal?.aborted === true ? signal.reason : thrown;
    } finally {
      this.#listen(-1);
      clearTimeout(late);
      clearTimeout(cancelled);
      signal?.removeEventListener("abort", onAbort);
      if (scope === undefined) peer.release(own);
    }
  }

  /** Takes back what a scope gave, where the process is still the one that got it. */
  async release(scope: Scope): Promise<void> {
    const loaded = await this.#loaded?.catch(() => null);
    loaded?.peer.release(scope);
  }

  /** Ends the process for good. */
  close(): void {
    this.#ended = true;
    this.#running?.kill();
  }

  #load(): Promise<Loaded> {
    if (this.#ended) return Promise.reject(this.#failed("is not enabled any more"));
    if (this.#failure !== null && this.#failure.until > performance.now()) return Promise.reject(this.#failure.error);
    if (this.#loaded !== null) return this.#loaded;
    const loading: Promise<Loaded> = this.#start().catch((thrown: unknown) => {
      if (this.#loaded === loading) this.#loaded = null;
      const error = asBangerError(thrown);
      // What is refused may be mended at any moment, and looking costs little.
      if (error.code === "PLUGIN_FAILED") this.#failure = { error, until: performance.now() + limits.retry };
      throw error;
    });
    this.#loaded = loading;
    return loading;
  }

  async #start(): Promise<Loaded> {
    const { name, host, self, env, output } = this.options;
    const { entry, manifest } = this.options.admit();
    let own: PluginProcess | null = null;
    const gone = new AbortController();
    const peer: Peer = new Peer({
      send: (line) => own?.write(line),
      root: () => {
        throw new TypeError("the daemon answers nothing by name");
      },
      broken: (why) => own !== null && this.#end(own, peer, this.#failed(why)),
    });
    own = await startPluginProcess({
      self,
      name,
      env,
      output,
      onData: (data) => {
        this.#heard = performance.now();
        peer.receive(data);
      },
      onEnd: (how) => {
        const error = this.#failed(`ended (${how})`);
        gone.abort(error);
        if (own !== null) this.#end(own, peer, error);
      },
    });
    this.#running = own;
    const process = own;
    if (this.#ended) process.kill();
    const late = setTimeout(
      () => this.#end(process, peer, this.#failed(`did not finish its import within ${limits.load / 1000} s`)),
      limits.load,
    );
    try {
      const given = await peer
        .ask("load", [entry, manifest, exposeHost(host, gone.signal)])
        .catch((thrown: unknown) => {
          const error = asBangerError(thrown);
          if (error.code === "PLUGIN_FAILED") throw error;
          throw refused(name, `its import failed: ${error.message}`, this.#more());
        });
      const description = descriptionSchema.safeParse(given);
      if (!description.success) throw this.#failed("does not say what it is");
      this.#alive = true;
      this.#known = description.data;
      return { peer, process, description: description.data };
    } catch (thrown) {
      this.#end(process, peer, asBangerError(thrown));
      throw thrown;
    } finally {
      clearTimeout(late);
    }
  }

  /** Ends a process that is of no use any more; the next question starts another. */
  #end(process: PluginProcess, peer: Peer, error: Error): void {
    process.kill();
    peer.close(error);
    if (this.#running !== process) return;
    const lost = this.#alive;
    this.#running = null;
    this.#loaded = null;
    this.#alive = false;
    if (!lost || this.#ended) return;
    const calm = performance.now() - this.#crashedAt > limits.calm;
    this.#crashedAt = performance.now();
    this.options.onCrash(error.message, calm);
  }

  /** While something is asked of it, its event loop must turn. */
  #listen(change: number): void {
    this.#waiting += change;
    if (this.#waiting === 0 && this.#watch !== null) {
      clearInterval(this.#watch);
      this.#watch = null;
    }
    if (this.#waiting === 0 || this.#watch !== null) return;
    this.#heard = performance.now();
    this.#watch = setInterval(() => {
      void this.#loaded?.then(
        ({ peer, process }) => {
          if (performance.now() - this.#heard > limits.silence)
            this.#end(process, peer, this.#failed(`has not answered for ${limits.silence / 1000} s`));
          else void peer.ask("ping", []);
        },
        () => {},
      );
    }, limits.silence / 5);
  }

  #failed(what: string): BangerError {
    return new BangerError("PLUGIN_FAILED", `the plugin ${this.options.name} ${what}`, this.#more());
  }

  #more(): { readonly hint?: string } {
    const { output } = this.options;
    return typeof output === "object" ? { hint: `what it printed is in ${output.path}` } : {};
  }
}
