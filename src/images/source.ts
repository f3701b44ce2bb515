import type { Host } from "../core/api/host.ts";

/** One attempt to make an image or a kernel from a source. */
export interface Job {
  readonly host: Host;
  readonly uid: number;
  /** An empty private directory on the target's file system; whatever the attempt writes is in it. */
  readonly dir: string;
  readonly signal: AbortSignal;
  /** What is being done now, for people, and how far it is. */
  progress(at: { readonly label: string; readonly done: number; readonly total?: number; readonly unit: string }): void;
  notice(message: string): void;
}

/** What an image source leaves: a directory that holds `rootfs.ext4` and nothing else. */
export interface BuiltImage {
  readonly dir: string;
  /** What it was made from, for people. */
  readonly source: string;
}

/** What a kernel source leaves: a directory with `vmlinux`, `boot/` and `modules.ext4`. */
export interface BuiltKernel {
  readonly dir: string;
  readonly source: string;
  /** As `uname -r` prints it. */
  readonly version: string;
  /** Files of `boot/` in load order. */
  readonly bootModules: readonly string[];
}

/** One way to make an image or a kernel. */
export interface Builder<Source, Built> {
  /** What it does, as the end of a line: "building from this host's apt sources". */
  describe(source: Source): string;
  /** The same as a fact: "apt: debian bookworm". */
  origin(source: Source): string;
  build(source: Source, job: Job): Promise<Built>;
}

/** A builder for each kind of source. */
export type Builders<Source extends { readonly kind: string }, Built> = {
  readonly [Kind in Source["kind"]]: Builder<Extract<Source, { readonly kind: Kind }>, Built>;
};
