import { BangerError, asBangerError } from "../core/api/errors.ts";
import type { ErrorCodeName } from "../core/api/error-codes.ts";
import type { Emit } from "../core/api/events.ts";
import type { Host } from "../core/api/host.ts";
import { nearest } from "../core/model/reference.ts";
import { Pulls } from "./pulls.ts";
import type { Builder, Builders } from "./source.ts";
import { BlobStore, type Stored } from "./store/blob-store.ts";
import { sealFiles, type StoredFile } from "./store/files.ts";

export interface PullOptions {
  /** Make it anew although it is here. */
  readonly force?: boolean;
  readonly emit?: Emit;
  readonly signal?: AbortSignal;
}

interface Entry<Source> {
  readonly name: string;
  readonly sources: readonly Source[];
}

/** What sets images and kernels apart. */
export interface LibraryKind<Source extends { readonly kind: string }, E extends Entry<Source>, Built, Manifest, Item> {
  readonly what: "image" | "kernel";
  readonly codes: { readonly notFound: ErrorCodeName; readonly broken: ErrorCodeName; readonly failed: ErrorCodeName };
  readonly entries: readonly E[];
  readonly builders: Builders<Source, Built>;
  /** The manifest of what was built, and the name of its blob. */
  manifest(
    entry: E,
    built: Built,
    files: readonly StoredFile[],
  ): { readonly manifest: Manifest; readonly blob: string };
  item(manifest: Manifest, dir: string, diskBytes: number): Item;
}

/** Things that are made from the catalog's sources and kept under their names. */
export class Library<
  Source extends { readonly kind: string },
  E extends Entry<Source>,
  Built extends { readonly dir: string },
  Manifest,
  Item,
> {
  protected readonly store: BlobStore<Manifest>;
  readonly #pulls = new Pulls<Item>();

  constructor(
    private readonly host: Host,
    private readonly dir: string,
    private readonly uid: number,
    private readonly kind: LibraryKind<Source, E, Built, Manifest, Item>,
  ) {
    this.store = new BlobStore(host, dir, uid);
  }

  /** All that is here, by name. */
  async list(): Promise<readonly Item[]> {
    const all = await Promise.all((await this.store.names()).map((name) => this.get(name)));
    return all.filter((item) => item !== null);
  }

  /** What is here under the name, or null. Its files are not looked at: see `verify`. */
  async get(name: string): Promise<Item | null> {
    const stored = await this.store.find(name);
    return stored === null ? null : this.#item(stored);
  }

  /** Every entry of the catalog, here or not, with what it would be made from. */
  available(): readonly (E & { readonly source: string })[] {
    return this.kind.entries.map((entry) => ({
      ...entry,
      source: this.#builder(entry.sources[0]!).origin(entry.sources[0]!),
    }));
  }

  /** Throws IMAGE_NOT_FOUND or KERNEL_NOT_FOUND, or …_BROKEN where files are missing or of the wrong size. */
  async verify(name: string): Promise<void> {
    const stored = await this.store.find(name);
    if (stored === null) throw this.#notFound(name);
    const problem = await this.store.problem(stored);
    if (problem === null) return;
    throw new BangerError(this.kind.codes.broken, `the ${this.kind.what} ${name} is damaged: ${problem}`, {
      hint: `banger ${this.kind.what} pull --force ${name}`,
    });
  }

  /**
   * Makes what the catalog has under the name, unless it is here and whole. Those who want the same at the same time share one
   * attempt. Nothing is published before it is whole; what failed or was cancelled leaves nothing.
   */
  async pull(name: string, { force = false, emit, signal }: PullOptions = {}): Promise<Item> {
    const stored = await this.store.find(name);
    const problem = stored === null ? null : await this.store.problem(stored);
    if (stored !== null && problem === null && !force) return this.#item(stored);
    const entry = this.kind.entries.find((candidate) => candidate.name === name);
    if (entry === undefined) throw this.#notFound(name);
    const why = stored === null ? "not here yet: " : problem === null ? "" : "damaged: ";
    return this.#pulls.join(name, (tell, stop) => this.#make(entry, why, tell, stop), { emit, signal });
  }

  /**
   * Forgets the name, and its files unless another name or `inUse` (digests) has them. Whether it may go is for the caller to
   * check. Throws …_NOT_FOUND.
   */
  async remove(name: string, inUse: ReadonlySet<string> = new Set()): Promise<void> {
    if ((await this.store.find(name)) === null) throw this.#notFound(name);
    await this.store.remove(name, inUse);
  }

  /** Removes what dead pulls left and files that neither a name nor `inUse` (digests) has; for a daemon's start. */
  async sweep(inUse: ReadonlySet<string>): Promise<void> {
    await this.store.sweep(inUse);
  }

  async #make(entry: E, why: string, emit: Emit, signal: AbortSignal): Promise<Item> {
    const step = this.kind.what;
    const subject = entry.name;
    const begun = performance.now();
    await this.store.workshop.sweep();
    for (const [index, source] of entry.sources.entries()) {
      const isLast = index === entry.sources.length - 1;
      emit({ type: "step-start", step, subject, detail: `${why}${this.#builder(source).describe(source)}` });
      try {
        const item = await this.#attempt(entry, source, emit, signal);
        emit({ type: "step-end", step, subject, ms: Math.round(performance.now() - begun) });
        return item;
      } catch (thrown) {
        const error = this.#failure(subject, thrown, signal);
        if (isLast || error.code === "CANCELLED" || error.code === "DISK_FULL") throw error;
        emit({ type: "notice", level: "warning", message: `${error.message}: trying the next source` });
      }
    }
    throw new BangerError(this.kind.codes.failed, `the ${step} ${subject} has no source`);
  }

  async #attempt(entry: E, source: Source, emit: Emit, signal: AbortSignal): Promise<Item> {
    const shop = await this.store.workshop.open(entry.name);
    try {
      const built = await this.#builder(source).build(source, {
        host: this.host,
        uid: this.uid,
        dir: shop,
        signal,
        progress: (at) => emit({ type: "step-progress", step: this.kind.what, subject: entry.name, ...at }),
        notice: (message) => emit({ type: "notice", level: "info", message }),
      });
      const files = await sealFiles(built.dir, signal);
      const stored: Stored<Manifest> = { format: 1, ...this.kind.manifest(entry, built, files), files };
      await this.store.publish(entry.name, shop, built.dir, stored);
      return await this.#item(stored);
    } finally {
      await this.store.workshop.close(shop);
    }
  }

  async #item({ manifest, blob }: Stored<Manifest>): Promise<Item> {
    return this.kind.item(manifest, this.store.blobDir(blob), await this.store.diskUse(blob));
  }

  #builder(source: Source): Builder<Source, Built> {
    return this.kind.builders[source.kind as Source["kind"]];
  }

  /** What a failed attempt comes to: programs' failures get the sentence of this kind. */
  #failure(name: string, thrown: unknown, signal: AbortSignal): BangerError {
    if (signal.aborted) return new BangerError("CANCELLED", `the pull of ${name} was cancelled`, { cause: thrown });
    const error = asBangerError(thrown);
    if (error.code !== "COMMAND_FAILED") return error;
    const text = error.detail.join("\n");
    if (/No space left on device|enough free space/.test(text)) {
      return new BangerError("DISK_FULL", `no room to make the ${this.kind.what} ${name}`, {
        detail: error.detail,
        hint: `1 GiB of room in ${this.dir} suffices while it is made`,
        state: "nothing was published",
        cause: error,
      });
    }
    const offline =
      /Could not resolve|Temporary failure resolving|Could not connect|Connection (refused|timed out)|Unable to fetch/i.test(
        text,
      );
    return new BangerError(this.kind.codes.failed, `the ${this.kind.what} ${name} could not be made`, {
      detail: error.detail,
      hint: offline
        ? "see whether apt-get update works on this host"
        : `banger ${this.kind.what} pull ${name} tries again`,
      state: "nothing was published",
      cause: error,
    });
  }

  #notFound(name: string): BangerError {
    const { what, codes, entries } = this.kind;
    const near = nearest(
      name,
      entries.map((entry) => entry.name),
    );
    return new BangerError(codes.notFound, `there is no ${what} called ${name}`, {
      hint: near === null ? `banger ${what} list --available` : `did you mean ${near}?`,
    });
  }
}
