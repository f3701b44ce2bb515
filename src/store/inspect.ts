import { Database } from "bun:sqlite";
import { access, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { BangerError } from "../core/api/errors.ts";
import { openJournal } from "./journal.ts";
import { migrations, versionOf } from "./migrations.ts";
import { quickCheck } from "./quick-check.ts";
import { readSnapshot } from "./snapshot.ts";
import { openVms } from "./vms.ts";

/** Whose effects the journal has, and for which VMs: names, or ids where there is no record any more. */
export interface OpenEffects {
  readonly participant: string;
  readonly vms: readonly string[];
}

/** What `banger doctor` can say of a store without touching it. `reason` continues "the state store …". */
export type StoreReport =
  /** It will be made. */
  | { readonly state: "missing" }
  | { readonly state: "ok"; readonly version: number; readonly vms: number; readonly effects: readonly OpenEffects[] }
  /** The daemon will migrate it. */
  | { readonly state: "older"; readonly version: number; readonly known: number; readonly vms: number }
  | { readonly state: "newer"; readonly version: number; readonly known: number }
  | { readonly state: "corrupt"; readonly reason: string }
  /** It cannot be read, written or made. */
  | { readonly state: "unusable"; readonly reason: string };

/** Looks at a store from a copy in memory: no file is made, changed or locked, whatever state it is in and whoever is writing it. */
export async function inspectStore(path: string, known = migrations.length): Promise<StoreReport> {
  let bytes: Uint8Array | null;
  try {
    bytes = await readSnapshot(path);
    await mayWrite(bytes === null ? dirname(path) : path, bytes === null);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return {
      state: "unusable",
      reason: code === undefined ? `cannot be used: ${message}` : `cannot be used (${message})`,
    };
  }
  return bytes === null ? { state: "missing" } : inspectBytes(path, bytes, known);
}

/** @throws Error of node:fs; with `orAbove` the nearest folder that is there counts */
async function mayWrite(path: string, orAbove: boolean): Promise<void> {
  for (let at = path; ; at = dirname(at)) {
    try {
      await access(at, constants.W_OK);
      if (orAbove && !(await stat(at)).isDirectory()) throw new Error(`${at} is not a directory`);
      if (!orAbove) await access(dirname(at), constants.W_OK);
      return;
    } catch (error) {
      if (!orAbove || (error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}

/** Bytes of the header that say "write-ahead log" with 2; 1 lets a database in memory do without. */
const journalModeAt = [18, 19];

function inspectBytes(path: string, bytes: Uint8Array, known: number): StoreReport {
  if (bytes.length === 0) return { state: "older", version: 0, known, vms: 0 };
  const copy = Uint8Array.from(bytes);
  for (const at of journalModeAt) if (copy[at] === 2) copy[at] = 1;
  let db: Database | undefined;
  try {
    db = Database.deserialize(copy, true);
    const verdict = quickCheck(db);
    if (verdict !== null) return { state: "corrupt", reason: `is damaged (${verdict})` };
    const version = versionOf(db);
    if (version > known) return { state: "newer", version, known };
    if (version < known) return { state: "older", version, known, vms: countVms(db) };
    const vms = openVms(db, path).list();
    const journal = openJournal(db, path);
    const effects = new Map<string, Set<string>>();
    for (const id of journal.vmIds()) {
      const name = vms.find((vm) => vm.id === id)?.name ?? id;
      for (const { participant } of journal.entries(id))
        effects.set(participant, (effects.get(participant) ?? new Set()).add(name));
    }
    const open = [...effects].map(([participant, names]) => ({ participant, vms: [...names] }));
    return { state: "ok", version, vms: vms.length, effects: open };
  } catch (error) {
    const damage =
      error instanceof BangerError
        ? error.message.replace(`the state store ${path} `, "")
        : `is damaged (${String(error)})`;
    return { state: "corrupt", reason: damage };
  } finally {
    db?.close();
  }
}

function countVms(db: Database): number {
  if (db.query("SELECT 1 FROM sqlite_schema WHERE name = 'vms'").get() === null) return 0;
  return db.query<{ count: number }, []>("SELECT count(*) AS count FROM vms").get()?.count ?? 0;
}
