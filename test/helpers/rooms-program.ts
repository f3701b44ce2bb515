/**
 * The host and the store as a program, for tests that need them in a process of its own: killed, unprivileged, or compiled.
 * Arguments: a command of the table below and what it takes. Prints one JSON value a line.
 */
import { Database } from "bun:sqlite";
import { rmSync, writeFileSync } from "node:fs";
import { createHost } from "../../src/host/index.ts";
import { lockFile, waitLock } from "../../src/host/lock-file.ts";
import { ensurePrivateDir } from "../../src/host/private-dir.ts";
import { readStartTime } from "../../src/host/proc.ts";
import { openStore } from "../../src/store/index.ts";
import { inspectStore } from "../../src/store/inspect.ts";
import { vmRecord } from "../../src/store/testing.ts";

const host = createHost({ env: process.env });
const print = (value: unknown): void => console.log(JSON.stringify(value));

/** null, or what an action threw. */
async function outcome(act: () => unknown): Promise<unknown> {
  try {
    await act();
    return null;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { code, message };
  }
}

const commands: Readonly<Record<string, (...args: string[]) => Promise<unknown>>> = {
  "open-store": async (path) => print(await outcome(() => openStore(path).close())),
  inspect: async (path) => print(await inspectStore(path)),
  "private-dir": async (path) => print(await outcome(() => ensurePrivateDir(path))),
  find: async (marker) => print(await host.findProcesses(marker)),

  signal: async (pid) => {
    const identity = { pid: Number(pid), startTime: readStartTime(Number(pid))!, marker: "" };
    print(await outcome(() => host.signal(identity, "SIGKILL")));
  },

  /** Prints when the process has ended, and how long the loop was free while waiting. */
  wait: async (pid) => {
    let ticks = 0;
    setInterval(() => ticks++, 10);
    const identity = { pid: Number(pid), startTime: readStartTime(Number(pid))!, marker: "" };
    print("waiting");
    await host.waitExit(identity);
    print({ at: Date.now(), ticks });
    process.exit();
  },

  /** Holds the lock, or says that another does, until it is killed. */
  hold: async (path) => {
    print((await lockFile(path)) === null ? "busy" : "held");
    await Bun.sleep(60_000);
  },

  /** Adds one to the number in a file, many times, under the lock. */
  count: async (lock, file, times) => {
    for (let round = 0; round < Number(times); round++) {
      const held = await waitLock(lock);
      const number = Number(await Bun.file(file).text());
      await Bun.sleep(1);
      writeFileSync(file, String(number + 1));
      held.release();
    }
  },

  /** Journals without end, printing each number that is durable. */
  journal: async (path) => {
    const store = openStore(path);
    store.vms.insert(vmRecord("a"));
    for (;;) print(store.journal.record({ vmId: "a", scope: "run", participant: "engine", undo: "x", args: {} }));
  },

  /** Adds VMs without end, printing how many there are; empties the log in every way there is. */
  grow: async (path) => {
    let store = openStore(path);
    const other = new Database(path);
    for (let count = 1; ; count++) {
      store.vms.insert(vmRecord(`id${count}`));
      print(count);
      if (count % 7 === 0) other.run("PRAGMA wal_checkpoint(RESTART)");
      if (count % 11 === 0) other.run("PRAGMA wal_checkpoint(TRUNCATE)");
      if (count % 13 === 0) {
        store.close();
        store = openStore(path);
      }
      await Bun.sleep(1);
    }
  },

  /** Fills a small file system beside a store, writes to that, makes room, writes again. */
  "fill-up": async (folder) => {
    const path = `${folder}/state.db`;
    const store = openStore(path);
    writeFileSync(`${folder}/ballast`, new Uint8Array(2 ** 18));
    let count = 0;
    const insert = (): void =>
      store.vms.insert(vmRecord(`id${count}`, `vm-${count++}`, { stateReason: "x".repeat(4000) }));
    const full = await outcome(() => {
      for (;;) insert();
    });
    const before = store.vms.list().length;
    rmSync(`${folder}/ballast`);
    print({ full, again: await outcome(insert), kept: store.vms.list().length === before + 1 });
    store.close();
    await outcome(() => writeFileSync(`${folder}/ballast`, new Uint8Array(2 ** 24)));
    const fresh = `${folder}/fresh.db`;
    print({ fresh: await outcome(() => openStore(fresh)), inspected: (await inspectStore(path)).state });
  },
};

const [name = "", ...args] = process.argv.slice(2);
await commands[name]!(...args);
