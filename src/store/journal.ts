import type { Database } from "bun:sqlite";
import { BangerError } from "../core/api/errors.ts";
import type { Json, JsonObject } from "../core/api/json.ts";
import type { Journal, JournalEntry } from "../core/engine/ports.ts";
import { damagedRow, guarded } from "./errors.ts";
import { is } from "./shape.ts";
import { parseJson } from "./vm-row.ts";

interface JournalRow {
  readonly seq: number;
  readonly vm_id: string;
  readonly scope: string;
  readonly participant: string;
  readonly undo: string;
  readonly args: string;
  readonly done: number;
  readonly result: string;
}

/**
 * The table `journal`. Every statement is a transaction of its own; see Journal for when it is on the disk. One that is not yet gets there
 * with the next that is: they share a log.
 */
export function openJournal(db: Database, path: string): Journal {
  const insert = db.query<unknown, [string, string, string, string, string]>(
    "INSERT INTO journal (vm_id, scope, participant, undo, args) VALUES (?, ?, ?, ?, ?)",
  );
  const done = db.query<unknown, [string, number]>("UPDATE journal SET done = 1, result = ? WHERE seq = ?");
  const remove = db.query<unknown, [number]>("DELETE FROM journal WHERE seq = ?");
  const ofVm = db.query<JournalRow, [string]>("SELECT * FROM journal WHERE vm_id = ? ORDER BY seq");
  const vmIds = db.query<{ vm_id: string }, []>("SELECT DISTINCT vm_id FROM journal ORDER BY vm_id");

  /** Without waiting for the disk: a sync takes as long as all else that is done here. */
  const soon = <T>(write: () => T): T => {
    db.run("PRAGMA synchronous = NORMAL");
    try {
      return write();
    } finally {
      db.run("PRAGMA synchronous = FULL");
    }
  };

  return {
    record: ({ vmId, scope, participant, undo, args }) =>
      guarded(path, () => Number(insert.run(vmId, scope, participant, undo, JSON.stringify(args)).lastInsertRowid)),
    markDone: (seq, result) =>
      guarded(path, () => {
        // An effect without a result gives undefined where a plugin's types were not looked at.
        if (soon(() => done.run(JSON.stringify(result ?? null), seq)).changes > 0) return;
        throw new BangerError("INTERNAL", `the journal has no entry ${seq} to mark as done`);
      }),
    remove: (seq) => guarded(path, () => void soon(() => remove.run(seq))),
    entries: (vmId) => guarded(path, () => ofVm.all(vmId).map((row) => entryOf(path, row))),
    vmIds: () => guarded(path, () => vmIds.all().map((row) => row.vm_id)),
  };
}

function entryOf(path: string, row: JournalRow): JournalEntry {
  const { seq, vm_id: vmId, scope, participant, undo } = row;
  const damaged = (what: string): Error =>
    damagedRow(path, `journal entry ${seq} (${participant} ${undo} of the VM ${vmId}): ${what}`);
  if (scope !== "run" && scope !== "vm") throw damaged(`its scope is ${JSON.stringify(scope)}`);
  const args = parseJson(row.args);
  const problem = is.anyObject(args, "args");
  if (problem !== null) throw damaged(problem);
  const result = parseJson(row.result);
  if (result === undefined) throw damaged("result is not JSON");
  return {
    seq,
    vmId,
    scope,
    participant,
    undo,
    args: args as JsonObject,
    done: row.done !== 0,
    result: result as Json,
  };
}
