import type { JsonObject } from "../api/json.ts";
import type { VmState } from "./state.ts";

/** What the user asked for; resolved when the VM is made, changed only by `vm set`. */
export interface VmSpec {
  readonly image: string;
  readonly kernel: string;
  readonly vcpu: number;
  readonly memoryMiB: number;
  readonly diskBytes: number;
  /** Driver names; `auto` for a VMM is decided anew at each start. */
  readonly vmm: string;
  readonly storage: string;
  readonly network: string;
  /** `K=V` defaults of every exec. */
  readonly env: Readonly<Record<string, string>>;
  /** Default working directory of every exec. */
  readonly workdir?: string;
  /** By capability name: what flags changed of its configuration. */
  readonly capabilities: Readonly<Record<string, JsonObject>>;
  /** Deleted when it stops or its client goes (`--rm`). */
  readonly ephemeral: boolean;
}

/** The durable record of a VM. Handles are never in it: they follow from the journal. */
export interface VmRecord {
  /** 16 characters of 0-9 a-f. */
  readonly id: string;
  readonly name: string;
  readonly state: VmState;
  /** Why it is in this state, for people; empty when there is nothing to say. */
  readonly stateReason: string;
  readonly spec: VmSpec;
  /** Of the image's root file system when the VM was made. */
  readonly imageDigest: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly stoppedAt: number | null;
}
