import type { Contributions, Nic } from "./contributions.ts";
import type { Emit } from "./events.ts";
import type { Guest } from "./guest.ts";
import type { Host } from "./host.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Privileged } from "./privileged.ts";

/**
 * In this order; at each of them the participants are at work side by side, but for capabilities that name others to come after.
 * `cleanup` is not a stage: it is the end of the pipeline, run for every participant that took part.
 */
export const stages = ["preflight", "prepareHost", "guestConfig", "start", "ready"] as const;
export type Stage = (typeof stages)[number];

/** How long an effect lives: `run` is undone at stop, `vm` at delete. */
export type Scope = "run" | "vm";

/** What a participant may know of the VM it works for. */
export interface VmView {
  readonly id: string;
  readonly name: string;
  readonly vcpu: number;
  readonly memoryMiB: number;
  readonly diskBytes: number;
  readonly image: { readonly name: string; readonly digest: string; readonly rootfs: string };
  /** `modules` is a read-only ext4 file with the module tree of that version. */
  readonly kernel: {
    readonly name: string;
    readonly version: string;
    readonly vmlinux: string;
    readonly modules: string;
  };
  /** Durable private directory of the VM. */
  readonly stateDir: string;
  /** Private directory for the VM's sockets, gone with the host's power; short enough for a socket's path. */
  readonly runtimeDir: string;
  /** banger's own public ssh key, one line as in authorized_keys: its owner may log in to every guest. */
  readonly sshKey: string;
  /** Whether the VM will be thrown away when it stops: nothing needs to outlive it. */
  readonly ephemeral: boolean;
}

export interface UndoCtx {
  readonly vm: Pick<VmView, "id" | "name" | "stateDir" | "runtimeDir">;
  readonly host: Host;
  readonly privileged: Privileged;
  /** What `apply` returned; null when it was never seen to finish, so the undo must find the thing by its arguments. */
  readonly result: Json;
}

export interface Ctx<C = unknown> {
  readonly vm: VmView;
  readonly config: C;
  readonly host: Host;
  readonly privileged: Privileged;
  /** Name of the VMM driver that boots this run. */
  readonly vmm: string;
  /** What earlier stages have contributed in this run; all of them from stage `ready` on. */
  readonly nics: readonly Nic[];
  /** Aborted when the operation is cancelled or its time is up. */
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** The guest's agent; only at stage `ready` and later. */
  readonly guest: Guest | null;
  /**
   * Makes one change to the host. The name of its undo and the arguments are journaled before `apply` runs; `args` must be
   * enough to find the thing again without knowing whether `apply` ran. With scope `vm`, an effect that was made before
   * (same undo, same arguments) is not made again: its result is returned. Arguments and result are written to the journal, on the host's
   * disk: no secrets, and 64 Ki characters each at most.
   */
  effect<R extends Json>(
    undo: string,
    args: JsonObject,
    apply: () => Promise<R>,
    options?: { readonly scope?: Scope },
  ): Promise<R>;
  /**
   * A number from 0 up to but not including `size` that no other VM of this daemon has in that pool: the same one at each call, until
   * the VM is deleted. Throws POOL_EXHAUSTED.
   */
  reserve(pool: string, size: number): Promise<number>;
  /**
   * Asks for an orderly stop of the VM; `reason` is for people and stays in its record. Resolves when it is asked for: the stop itself
   * waits until nobody else is at work on the VM. Throws VM_NOT_RUNNING during a start, which a stage ends by throwing.
   */
  stop(reason: string): Promise<void>;
}

export type Undo = (ctx: UndoCtx, args: JsonObject) => Promise<void>;

/** At the end of a run the image and kernel may be gone: only what the record of the VM knows is there. */
export interface CleanupCtx<C = unknown> {
  readonly vm: UndoCtx["vm"];
  readonly config: C;
  readonly host: Host;
  readonly privileged: Privileged;
}

/** Whoever takes part in a VM's life: a driver or a capability. Members that are not literals are async and take and give JSON. */
export interface Participant<C = unknown> {
  readonly name: string;
  readonly stages: { readonly [S in Stage]?: (ctx: Ctx<C>) => Promise<Contributions | void> };
  /** By name; each is idempotent, "already gone" is success. */
  readonly undo: { readonly [name: string]: Undo };
  /**
   * A daemon has adopted a VM that runs, or has a new session to its agent: what lived in the memory of the daemon before, or on the
   * session, is made anew. `guest` is null when the agent is silent. Idempotent.
   */
  takeOver?(ctx: Ctx<C>): Promise<void>;
  /** Idempotent; runs before the participant's effects are undone: after a stop, a failed start, a crash. */
  cleanup?(ctx: CleanupCtx<C>): Promise<void>;
}
