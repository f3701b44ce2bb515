import type { Json, JsonObject } from "../api/json.ts";
import type { Scope } from "../api/participant.ts";
import type { VmRecord } from "../model/vm.ts";

/** One effect as the journal holds it. */
export interface JournalEntry {
  /** Ascending in the order of recording; undo goes the other way. */
  readonly seq: number;
  readonly vmId: string;
  readonly scope: Scope;
  /** `vmm/qemu`, `storage/overlay`, `capability/workdisk`, `engine`. */
  readonly participant: string;
  readonly undo: string;
  readonly args: JsonObject;
  /** Whether `apply` was seen to finish. */
  readonly done: boolean;
  /** What `apply` returned; null until done. */
  readonly result: Json;
}

/**
 * The journal of effects. Every call outlives this process when it returns. The host's power is another matter: a record is on the disk
 * when it returns; a mark and a removal are there with the next record or change of a VM's state, and one that is lost means an undo more.
 */
export interface Journal {
  record(entry: Pick<JournalEntry, "vmId" | "scope" | "participant" | "undo" | "args">): number;
  markDone(seq: number, result: Json): void;
  /** The effect is undone: its entry goes. */
  remove(seq: number): void;
  /** Entries of a VM, oldest first. */
  entries(vmId: string): readonly JournalEntry[];
  /** Ids of all VMs that have entries. */
  vmIds(): readonly string[];
}

/** The durable VM records. Every change is on the disk when it returns. */
export interface VmRepository {
  list(): readonly VmRecord[];
  get(id: string): VmRecord | null;
  /** Throws VM_EXISTS when the name is taken; atomic. */
  insert(vm: VmRecord): void;
  /** Replaces the record of that id. */
  update(vm: VmRecord): void;
  /** Removes the record; its journal must be empty. */
  delete(id: string): void;
}
