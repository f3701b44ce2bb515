import type { Database } from "bun:sqlite";
import { BangerError } from "../core/api/errors.ts";
import type { VmRepository } from "../core/engine/ports.ts";
import { guarded } from "./errors.ts";
import { fromRow, toRow, type VmRow } from "./vm-row.ts";

/** The table `vms`. */
export function openVms(db: Database, path: string): VmRepository {
  const all = db.query<VmRow, []>("SELECT * FROM vms ORDER BY created_at, id");
  const one = db.query<VmRow, [string]>("SELECT * FROM vms WHERE id = ?");
  const insert = db.query<unknown, [VmRow & Record<string, string | number | null>]>(
    `INSERT INTO vms (id, name, state, state_reason, spec, image_digest, created_at, started_at, stopped_at)
     VALUES ($id, $name, $state, $state_reason, $spec, $image_digest, $created_at, $started_at, $stopped_at)`,
  );
  const update = db.query<unknown, [VmRow & Record<string, string | number | null>]>(
    `UPDATE vms SET name = $name, state = $state, state_reason = $state_reason, spec = $spec, image_digest = $image_digest,
       created_at = $created_at, started_at = $started_at, stopped_at = $stopped_at WHERE id = $id`,
  );
  const remove = db.query<unknown, [string]>("DELETE FROM vms WHERE id = ?");

  return {
    list: () => guarded(path, () => all.all().map((row) => fromRow(path, row))),
    get: (id) =>
      guarded(path, () => {
        const row = one.get(id);
        return row === null ? null : fromRow(path, row);
      }),
    insert: (vm) => guarded(path, () => named(vm.name, () => void insert.run({ ...toRow(vm) }))),
    update: (vm) =>
      guarded(path, () =>
        named(vm.name, () => {
          if (update.run({ ...toRow(vm) }).changes === 0)
            throw new BangerError("VM_NOT_FOUND", `the VM ${vm.name} is gone`);
        }),
      ),
    // The journal refers to it: a record cannot go while its journal has entries.
    delete: (id) => guarded(path, () => void remove.run(id)),
  };
}

/** A write that gives a VM its name. @throws BangerError VM_EXISTS */
function named(name: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    if (!(cause instanceof Error && cause.message.includes("vms.name"))) throw cause;
    throw new BangerError("VM_EXISTS", `a VM called ${name} exists already`, {
      hint: `banger vm start ${name} starts it; another --name makes a new one`,
      cause,
    });
  }
}
