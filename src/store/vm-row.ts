import type { JsonObject } from "../core/api/json.ts";
import { vmStates } from "../core/model/state.ts";
import type { VmRecord, VmSpec } from "../core/model/vm.ts";
import { damagedRow } from "./errors.ts";
import { is, type Shape } from "./shape.ts";

/** The columns of the table `vms`. */
export interface VmRow {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly state_reason: string;
  readonly spec: string;
  readonly image_digest: string;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly stopped_at: number | null;
}

const spec: Shape<VmSpec> = is.object<VmSpec>({
  image: is.string,
  kernel: is.string,
  vcpu: is.count,
  memoryMiB: is.count,
  diskBytes: is.count,
  vmm: is.string,
  storage: is.string,
  network: is.string,
  env: is.record(is.string),
  workdir: is.optional(is.string),
  capabilities: is.record(is.anyObject as Shape<JsonObject>),
  ephemeral: is.boolean,
});

export function toRow(vm: VmRecord): VmRow {
  return {
    id: vm.id,
    name: vm.name,
    state: vm.state,
    state_reason: vm.stateReason,
    spec: JSON.stringify(vm.spec),
    image_digest: vm.imageDigest,
    created_at: vm.createdAt,
    started_at: vm.startedAt,
    stopped_at: vm.stoppedAt,
  };
}

/** @throws BangerError STATE_CORRUPT naming the VM and what is wrong */
export function fromRow(path: string, row: VmRow): VmRecord {
  const damaged = (what: string): Error => damagedRow(path, `record of the VM ${row.name} (${row.id}): ${what}`);
  const state = vmStates.find((known) => known === row.state);
  if (state === undefined) throw damaged(`its state is ${JSON.stringify(row.state)}`);
  const { id, name, state_reason: stateReason, image_digest: imageDigest } = row;
  const { created_at: createdAt, started_at: startedAt, stopped_at: stoppedAt } = row;
  const parsed = parseJson(row.spec);
  const problem = spec(parsed, "spec");
  if (problem !== null) throw damaged(problem);
  return { id, name, state, stateReason, spec: parsed as VmSpec, imageDigest, createdAt, startedAt, stoppedAt };
}

/** undefined for text that is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
