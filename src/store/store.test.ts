import { Database } from "bun:sqlite";
import { beforeAll, describe, expect, spyOn, test } from "bun:test";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import type { Json, JsonObject } from "../core/api/json.ts";
import { openStore, type Store } from "./index.ts";
import { openJournal } from "./journal.ts";
import { vmRecord } from "./testing.ts";

const folder = scratchFolder();
let count = 0;
const newPath = (): string => join(folder, `${count++}.db`);

/** Opens a store at a path of its own, uses it, closes it. */
function withStore(use: (store: Store, path: string) => void, path = newPath()): void {
  const store = openStore(path);
  try {
    use(store, path);
  } finally {
    store.close();
  }
}

const code = (code: string, message?: string) =>
  expect.objectContaining({ code, ...(message !== undefined && { message }) });

test("its files are private from birth, and one is left when it is closed", () => {
  const path = newPath();
  const files = (): string[] => readdirSync(folder).filter((name) => join(folder, name).startsWith(path));
  withStore((store) => {
    store.vms.insert(vmRecord("a"));
    expect(files()).toHaveLength(3);
    for (const name of files()) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  }, path);
  expect(files()).toHaveLength(1);
});

test("commits reach the disk before they return", () => {
  withStore((store, path) => {
    store.vms.insert(vmRecord("a"));
    const db = new Database(path);
    expect(db.query("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    db.close();
  });
});

describe("VM records", () => {
  test("come back as they were, the oldest first", () => {
    const first = vmRecord("b", "otter", { createdAt: 5 });
    const second = vmRecord("a", "heron", { createdAt: 6, spec: { ...first.spec, workdir: "/srv", ephemeral: true } });
    withStore((store, path) => {
      store.vms.insert(second);
      store.vms.insert(first);
      withStore((again) => {
        expect(again.vms.list()).toEqual([first, second]);
        expect(again.vms.get("a")).toEqual(second);
        expect(again.vms.get("c")).toBeNull();
      }, path);
    });
  });

  test("change and go", () => {
    withStore(({ vms }) => {
      const vm = vmRecord("a");
      vms.insert(vm);
      const running = {
        ...vm,
        state: "running",
        stateReason: "why",
        startedAt: 7,
        stoppedAt: 8,
        spec: { ...vm.spec, vcpu: 4 },
      } as const;
      vms.update(running);
      expect(vms.get("a")).toEqual(running);
      vms.delete("a");
      vms.delete("a");
      expect(vms.list()).toEqual([]);
      expect(() => vms.update(vm)).toThrow(code("VM_NOT_FOUND"));
    });
  });

  test("have names of their own", () => {
    withStore(({ vms }) => {
      vms.insert(vmRecord("a", "otter"));
      vms.insert(vmRecord("b", "heron"));
      expect(() => vms.insert(vmRecord("c", "otter"))).toThrow(code("VM_EXISTS", "a VM called otter exists already"));
      expect(() => vms.update(vmRecord("b", "otter"))).toThrow(code("VM_EXISTS"));
      expect(vms.list().map(({ id }) => id)).toEqual(["a", "b"]);
    });
  });
});

describe("the journal", () => {
  const entry = (undo: string, args: JsonObject = {}) =>
    ({ vmId: "a", scope: "run", participant: "vmm/qemu", undo, args }) as const;

  test("keeps its order, and numbers are never used again", () => {
    withStore(({ vms, journal }) => {
      vms.insert(vmRecord("a"));
      vms.insert(vmRecord("b"));
      const [first, second] = [journal.record(entry("one")), journal.record(entry("two"))];
      journal.record({ ...entry("other"), vmId: "b", scope: "vm" });
      journal.markDone(first, { pid: 7 });
      expect(journal.entries("a")).toEqual([
        { ...entry("one"), seq: first, done: true, result: { pid: 7 } },
        { ...entry("two"), seq: second, done: false, result: null },
      ]);
      expect(journal.vmIds()).toEqual(["a", "b"]);
      journal.remove(second);
      journal.remove(second);
      expect(journal.record(entry("three"))).toBeGreaterThan(second);
      expect(journal.entries("a").map(({ undo }) => undo)).toEqual(["one", "three"]);
      expect(journal.entries("none")).toEqual([]);
    });
  });

  test("waits for the disk with a record, and with nothing that comes after a change", () => {
    withStore((store, path) => {
      store.vms.insert(vmRecord("a"));
      const db = new Database(path, { strict: true });
      db.run("PRAGMA synchronous = FULL");
      const run = spyOn(db, "run");
      const said = (): unknown[] => run.mock.calls.splice(0).map(([sql]) => sql);
      const journal = openJournal(db, path);
      const seq = journal.record(entry("x"));
      expect(said()).toEqual([]);
      for (const write of [() => journal.markDone(seq, null), () => journal.markDone(seq + 1, null)]) {
        try {
          write();
        } catch {
          // there is no such entry
        }
        expect(said()).toEqual(["PRAGMA synchronous = NORMAL", "PRAGMA synchronous = FULL"]);
      }
      journal.remove(seq);
      expect(db.query("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
      db.close();
    });
  });

  test("gives back any JSON, a missing result as null", () => {
    withStore(({ vms, journal }) => {
      vms.insert(vmRecord("a"));
      fc.assert(
        fc.property(
          fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false }), { noNullPrototype: true }),
          fc.jsonValue(),
          (args, result) => {
            const seq = journal.record(entry("x", args as JsonObject));
            journal.markDone(seq, result as Json);
            const [back] = journal.entries("a");
            expect([back!.args, back!.result]).toEqual(JSON.parse(JSON.stringify([args, result])));
            journal.remove(seq);
          },
        ),
        { numRuns: 30 },
      );
      journal.markDone(journal.record(entry("x")), undefined as unknown as Json);
      expect(journal.entries("a")[0]).toMatchObject({ done: true, result: null });
    });
    // Each run waits for the disk.
  }, 30_000);

  test("belongs to records that are there", () => {
    withStore(({ vms, journal }) => {
      expect(() => journal.record(entry("x"))).toThrow(code("INTERNAL"));
      vms.insert(vmRecord("a"));
      const seq = journal.record(entry("x"));
      expect(() => vms.delete("a")).toThrow(code("INTERNAL"));
      expect(() => journal.markDone(seq + 1, null)).toThrow(code("INTERNAL"));
      journal.remove(seq);
      vms.delete("a");
    });
  });
});

describe("a row that was damaged by hand is named", () => {
  let sound: Uint8Array;
  beforeAll(() => {
    const path = newPath();
    withStore(({ vms, journal }) => {
      vms.insert(vmRecord("a", "otter"));
      journal.record({ vmId: "a", scope: "run", participant: "engine", undo: "token", args: {} });
    }, path);
    sound = readFileSync(path);
  });
  const damage = (sql: string, look: (store: Store) => unknown): unknown => {
    const path = newPath();
    writeFileSync(path, sound);
    const db = new Database(path);
    db.run(sql);
    db.close();
    let thrown: unknown;
    withStore((store) => {
      try {
        look(store);
      } catch (error) {
        thrown = error;
      }
    }, path);
    return thrown;
  };

  test.each([
    ["UPDATE vms SET spec = '{'", "spec is not an object"],
    ["UPDATE vms SET spec = '[]'", "spec is not an object"],
    ["UPDATE vms SET spec = json_set(spec, '$.vcpu', 'two')", "spec.vcpu is not a whole number"],
    ["UPDATE vms SET spec = json_set(spec, '$.memoryMiB', -1)", "spec.memoryMiB is not a whole number"],
    ["UPDATE vms SET spec = json_set(spec, '$.env.A', 1)", "spec.env.A is not a string"],
    ["UPDATE vms SET spec = json_set(spec, '$.capabilities.dns', 1)", "spec.capabilities.dns is not an object"],
    ["UPDATE vms SET spec = json_set(spec, '$.workdir', 1)", "spec.workdir is not a string"],
    ["UPDATE vms SET spec = json_remove(spec, '$.ephemeral')", "spec.ephemeral is not true or false"],
    ["UPDATE vms SET state = 'flying'", 'its state is "flying"'],
  ])("%s", (sql, why) => {
    for (const look of [(store: Store) => store.vms.list(), (store: Store) => store.vms.get("a")]) {
      const error = damage(sql, look) as Error;
      expect(error).toMatchObject({ code: "STATE_CORRUPT" });
      expect(error.message).toEndWith(`has a damaged record of the VM otter (a): ${why}`);
    }
  });

  test.each([
    ["UPDATE journal SET args = '{'", "args is not an object"],
    ["UPDATE journal SET args = '1'", "args is not an object"],
    ["UPDATE journal SET result = ''", "result is not JSON"],
    ["UPDATE journal SET scope = 'year'", 'its scope is "year"'],
  ])("%s", (sql, why) => {
    const error = damage(sql, (store) => store.journal.entries("a")) as Error;
    expect(error).toMatchObject({ code: "STATE_CORRUPT" });
    expect(error.message).toEndWith(`has a damaged journal entry 1 (engine token of the VM a): ${why}`);
  });
});
