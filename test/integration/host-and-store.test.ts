import { beforeAll, expect, test } from "bun:test";
import { chmodSync, chownSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createHost } from "../../src/host/index.ts";
import { openStore } from "../../src/store/index.ts";
import { inspectStore } from "../../src/store/inspect.ts";
import { scratchFolder } from "../helpers/scratch.ts";

const folder = scratchFolder();
const program = join(folder, "rooms");
const asRoot = process.geteuid!() === 0;
/** Somebody whom the modes of files hold back. */
const nobody = asRoot ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"] : [];

beforeAll(() => {
  chmodSync(folder, 0o755);
  const source = join(import.meta.dir, "../helpers/rooms-program.ts");
  const { success, stderr } = Bun.spawnSync([process.execPath, "build", "--compile", source, "--outfile", program]);
  if (!success) throw new Error(stderr.toString());
}, 60_000);

/** What a command of the program printed, run to its end. */
function ask(argv: readonly string[], prefix: readonly string[] = []): unknown[] {
  const { stdout, stderr, exitCode } = Bun.spawnSync([...prefix, program, ...argv], { cwd: "/" });
  if (exitCode !== 0) throw new Error(stderr.toString());
  return stdout
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

interface Running {
  readonly child: Bun.Subprocess<"ignore", "pipe", "inherit">;
  /** The next value that it prints; null at its end. */
  next(): Promise<unknown>;
}

function begin(...argv: string[]): Running {
  const child = Bun.spawn([program, ...argv], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = (async function* () {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of child.stdout) {
      const parts = (text + decoder.decode(chunk, { stream: true })).split("\n");
      text = parts.pop()!;
      yield* parts;
    }
  })();
  return {
    child,
    next: async () => {
      const { value } = await lines.next();
      return value === undefined ? null : JSON.parse(value);
    },
  };
}

/** A folder that a test may give to nobody. */
function newFolder(name: string, mode = 0o755): string {
  const path = join(folder, name);
  mkdirSync(path);
  chmodSync(path, mode);
  return path;
}

test("the end of a process that is no child is seen by a compiled program, whose loop stays free", async () => {
  const sleeper = Bun.spawn(["sleep", "100"]);
  const { next } = begin("wait", String(sleeper.pid));
  expect(await next()).toBe("waiting");
  await Bun.sleep(500);
  const killedAt = Date.now();
  sleeper.kill("SIGKILL");
  const { at, ticks } = (await next()) as { at: number; ticks: number };
  expect(at - killedAt).toBeWithin(0, 1000);
  expect(ticks).toBeGreaterThan(20);
});

test("a process whose first thread has ended lives as long as its others, and is waited for", async () => {
  const source = `
    #include <pthread.h>
    #include <unistd.h>
    static void *rest(void *unused) { usleep(700000); _exit(0); return unused; }
    int main(void) { pthread_t t; pthread_create(&t, 0, rest, 0); pthread_exit(0); }`;
  writeFileSync(join(folder, "threads.c"), source);
  const host = createHost({ env: process.env });
  await host.run(["musl-gcc", "-static", "-o", join(folder, "threads"), join(folder, "threads.c")]);
  const start = performance.now();
  const identity = await host.start([join(folder, "threads")], { marker: "threads", logPath: join(folder, "log") });
  await Bun.sleep(200);
  expect(readFileSync(`/proc/${identity.pid}/stat`, "latin1")).toContain(") Z ");
  expect(await host.isAlive(identity)).toBe(true);
  await host.waitExit(identity);
  expect(performance.now() - start).toBeGreaterThan(650);
  expect(await host.isAlive(identity)).toBe(false);
});

test("a lock is held by one process, and is free when that is killed", async () => {
  const path = join(folder, "lock");
  const holder = begin("hold", path);
  expect(await holder.next()).toBe("held");
  const other = begin("hold", path);
  expect(await other.next()).toBe("busy");
  other.child.kill("SIGKILL");
  holder.child.kill("SIGKILL");
  await holder.child.exited;
  const heir = begin("hold", path);
  expect(await heir.next()).toBe("held");
  heir.child.kill("SIGKILL");
});

test("what several processes do under the lock is not lost", async () => {
  const file = join(folder, "number");
  writeFileSync(file, "0");
  const counters = Array.from({ length: 4 }, () => begin("count", join(folder, "count.lock"), file, "15"));
  await Promise.all(counters.map(({ child }) => child.exited));
  expect(readFileSync(file, "utf8")).toBe("60");
}, 30_000);

test.each([100, 150, 200])("every journal entry that was acknowledged in %d ms survives a kill", async (ms) => {
  const path = join(newFolder(`journal-${ms}`), "state.db");
  const writer = begin("journal", path);
  let last = 0;
  for (const until = Date.now() + ms; last === 0 || Date.now() < until;) last = (await writer.next()) as number;
  writer.child.kill("SIGKILL");
  await writer.child.exited;
  expect(await inspectStore(path)).toEqual({
    state: "ok",
    version: 1,
    vms: 1,
    effects: [{ participant: "engine", vms: ["vm-a"] }],
  });
  const store = openStore(path);
  const numbers = store.journal.entries("a").map(({ seq }) => seq);
  store.close();
  expect(numbers.slice(0, last)).toEqual(Array.from({ length: last }, (_, index) => index + 1));
});

test("the doctor's look is right while a daemon writes", async () => {
  const path = join(newFolder("live"), "state.db");
  const writer = begin("grow", path);
  let written = (await writer.next()) as number;
  const reading = (async () => {
    for (let value = await writer.next(); value !== null; value = await writer.next()) written = value as number;
  })();
  let looks = 0;
  for (const until = Date.now() + 3000; Date.now() < until; looks++) {
    const least = written;
    const report = await inspectStore(path);
    expect(report).toMatchObject({ state: "ok" });
    expect((report as { vms: number }).vms).toBeGreaterThanOrEqual(least);
    await Bun.sleep(1);
  }
  writer.child.kill("SIGKILL");
  await reading;
  expect(looks).toBeGreaterThan(30);
  expect(written).toBeGreaterThan(100);
}, 30_000);

test("a store that may not be written is unusable, and nothing is left beside it", () => {
  const readonly = newFolder("readonly");
  openStore(join(readonly, "state.db")).close();
  copyFileSync(join(readonly, "state.db"), join(readonly, "readable.db"));
  chmodSync(join(readonly, "readable.db"), 0o444);
  if (asRoot) for (const name of readdirSync(readonly)) chownSync(join(readonly, name), 65534, 65534);
  chmodSync(readonly, 0o555);
  for (const name of ["state.db", "readable.db", "new.db"]) {
    expect(ask(["open-store", join(readonly, name)], nobody)).toEqual([
      expect.objectContaining({ code: "STATE_UNUSABLE" }),
    ]);
    expect(ask(["inspect", join(readonly, name)], nobody)).toEqual([expect.objectContaining({ state: "unusable" })]);
  }
  expect(readdirSync(readonly).sort()).toEqual(["readable.db", "state.db"]);
  expect(ask(["inspect", join(readonly, "none/state.db")], nobody)).toEqual([
    expect.objectContaining({ state: "unusable" }),
  ]);
  expect(ask(["private-dir", join(readonly, "below")], nobody)).toEqual([
    expect.objectContaining({ code: "STATE_UNUSABLE" }),
  ]);
  chmodSync(readonly, 0o755);
});

test("a full file system is said, and what was there is kept", () => {
  const mounted = newFolder("tmpfs");
  const script = `mount -t tmpfs -o size=1m tmpfs "$0" && exec "$1" fill-up "$0"`;
  const { stdout, stderr } = Bun.spawnSync(["unshare", "-Urm", "--", "sh", "-c", script, mounted, program]);
  const lines = stdout.toString().trim().split("\n");
  expect(stderr.toString()).toBe("");
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { full: expect.objectContaining({ code: "DISK_FULL" }), again: null, kept: true },
    { fresh: expect.objectContaining({ code: "DISK_FULL" }), inspected: "ok" },
  ]);
});

test("processes of another user are neither found nor signalled", async () => {
  const marker = `banger-other-${process.pid}`;
  const theirs = asRoot ? Bun.spawn(["sh", "-c", `sleep 100; : ${marker}`], { detached: true }) : null;
  expect(ask(["find", marker], nobody)).toEqual([[]]);
  expect(ask(["signal", String(theirs?.pid ?? 1)], nobody)).toEqual([expect.objectContaining({ code: "EPERM" })]);
  expect(theirs?.exitCode ?? null).toBeNull();
  if (theirs !== null) process.kill(-theirs.pid, "SIGKILL");
});
