import { afterAll, expect, test } from "bun:test";
import { readFileSync, readdirSync, readlinkSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { failure } from "../../test/helpers/failure.ts";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import type { ProcessIdentity } from "../core/api/host.ts";
import { createHost } from "./index.ts";

const folder = scratchFolder();
const host = createHost({ env: { INHERITED: "yes", BUN_INSPECT: "1", BUN_INSPECT_CONNECT_TO: "x", BUN_BE_BUN: "1" } });
const logPath = join(folder, "log");
const started: ProcessIdentity[] = [];
afterAll(() => {
  // Each leads a group, which may have outlived it.
  for (const { pid } of started) {
    try {
      process.kill(-pid, "SIGKILL");
    } catch (error) {
      expect(error).toMatchObject({ code: "ESRCH" });
    }
  }
});

let count = 0;
/** A process that sleeps, with a marker of its own. */
async function sleeper(script = "sleep 100"): Promise<ProcessIdentity> {
  const marker = `banger-test-${process.pid}-${count++}`;
  const identity = await host.start(["sh", "-c", `${script}; : ${marker}`], { marker, logPath });
  started.push(identity);
  return identity;
}

/** A process of the same kind that is no child of ours. */
async function stranger(seconds: number): Promise<ProcessIdentity> {
  const marker = `banger-test-${process.pid}-${count++}`;
  Bun.spawnSync(["sh", "-c", `setsid sh -c 'sleep ${seconds}; : ${marker}' >/dev/null 2>&1 &`]);
  for (;;) {
    const found = (await host.findProcesses(marker)).find(({ pid }) =>
      readFileSync(`/proc/${pid}/cmdline`).includes("sh\0-c\0sleep"),
    );
    if (found === undefined) continue;
    started.push(found);
    return found;
  }
}

test("a started process leads its own session, with its log and a clean environment", async () => {
  const identity = await sleeper("echo out; echo err >&2; cat; env; sleep 100");
  const stat = readFileSync(`/proc/${identity.pid}/stat`, "latin1").split(") ")[1]!.split(" ");
  expect(stat.slice(2, 4)).toEqual([String(identity.pid), String(identity.pid)]);
  expect(readlinkSync(`/proc/${identity.pid}/fd/0`)).toBe("/dev/null");
  for (let wait = 0; wait < 100 && !readFileSync(logPath, "utf8").includes("INHERITED"); wait++) await Bun.sleep(10);
  const log = readFileSync(logPath, "utf8");
  expect(log).toStartWith("out\nerr\n");
  expect(log).toContain("INHERITED=yes");
  expect(log).not.toContain("BUN_");
  expect(statSync(logPath).mode & 0o777).toBe(0o600);
});

test("a child is found by what it runs, when it does", async () => {
  const parent = await sleeper('sh -c "sleep 0.2; exec tail -f /dev/null" & wait');
  const child = await host.childOf(parent, "tail");
  expect(child).toMatchObject({ marker: parent.marker });
  expect(readFileSync(`/proc/${child!.pid}/cmdline`, "utf8")).toBe("tail\x00-f\0/dev/null\0");
  const brief = await sleeper("sleep 0.1; exit");
  expect(await host.childOf(brief, "tail")).toBeNull();
});

test("nothing but the standard descriptors is inherited", async () => {
  const holder = Bun.listen({ unix: join(folder, "socket"), socket: { data() {} } });
  const { pid } = await sleeper();
  expect(readdirSync(`/proc/${pid}/fd`).sort()).toEqual(["0", "1", "2"]);
  holder.stop();
});

test("a log that is a link is refused, one that is there is appended to", async () => {
  symlinkSync(logPath, join(folder, "link"));
  expect(await failure(host.start(["true", "m1"], { marker: "m1", logPath: join(folder, "link") }))).toMatchObject({
    code: "ELOOP",
  });
  writeFileSync(join(folder, "old"), "before\n");
  const process = await host.start(["echo", "m2"], { marker: "m2", logPath: join(folder, "old") });
  await host.waitExit(process);
  expect(readFileSync(join(folder, "old"), "utf8")).toBe("before\nm2\n");
});

test("a marker that is not in the arguments is a defect; a missing program is said", async () => {
  expect(await failure(host.start(["true"], { marker: "absent", logPath }))).toMatchObject({ code: "INTERNAL" });
  expect(await failure(host.start(["no-such-vmm", "m"], { marker: "m", logPath }))).toMatchObject({
    code: "TOOL_MISSING",
  });
  expect(await failure(host.start(["true", "m"], { marker: "m", logPath, cwd: "/no/such" }))).toMatchObject({
    code: "COMMAND_FAILED",
  });
});

test("a process that ends at once has an identity all the same", async () => {
  for (let round = 0; round < 20; round++) {
    const identity = await host.start(["true", "brief"], { marker: "brief", logPath });
    expect(identity.startTime).toBeGreaterThan(0);
    await host.waitExit(identity);
    expect(await host.isAlive(identity)).toBe(false);
  }
});

test("processes are found by their marker, byte for byte", async () => {
  const identity = await sleeper();
  expect((await host.findProcesses(identity.marker)).filter(({ pid }) => pid === identity.pid)).toEqual([identity]);
  expect(await host.findProcesses(`${identity.marker}x`)).toEqual([]);
  expect(await host.findProcesses(identity.marker.toUpperCase())).toEqual([]);
  expect((await failure(host.findProcesses(""))).message).toContain("marker");
});

test("a process whose number has passed on is neither alive, nor signalled, nor waited for", async () => {
  const identity = await sleeper();
  const before = { ...identity, startTime: identity.startTime - 1 };
  const other = { ...identity, marker: "some-other-marker" };
  for (const impostor of [before, other]) {
    expect(await host.isAlive(impostor)).toBe(false);
    await host.signal(impostor, "SIGKILL");
    await host.waitExit(impostor);
  }
  expect(await host.isAlive(identity)).toBe(true);
  await host.signal(identity, "SIGTERM");
  await host.waitExit(identity);
  expect(await host.isAlive(identity)).toBe(false);
  await host.signal(identity, "SIGKILL");
});

test("a stopped process is alive, a killed one is dead", async () => {
  const identity = await sleeper();
  await host.signal(identity, "SIGSTOP");
  expect(await host.isAlive(identity)).toBe(true);
  await host.signal(identity, "SIGKILL");
  await host.waitExit(identity);
  expect(await host.isAlive(identity)).toBe(false);
});

test("the end of a process that is no child is seen as it happens", async () => {
  const process = await stranger(0.4);
  const start = performance.now();
  await host.waitExit(process);
  expect(performance.now() - start).toBeLessThan(2000);
  expect(await host.isAlive(process)).toBe(false);
  await host.waitExit(process);
});

test("a zombie counts as dead", async () => {
  const marker = `banger-zombie-${process.pid}`;
  // The shell becomes a program that never looks at the child it has.
  const parent = await host.start(["sh", "-c", `sleep 0.1 & echo zombie $!; exec sleep 100.25 # ${marker}`], {
    marker,
    logPath,
  });
  started.push({ ...parent, marker: "100.25" });
  for (let wait = 0; wait < 100 && !readFileSync(logPath, "utf8").includes("zombie"); wait++) await Bun.sleep(10);
  const pid = Number(/zombie (\d+)/.exec(readFileSync(logPath, "utf8"))![1]);
  const stat = (): string[] => readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]!.split(" ");
  const child = { pid, startTime: Number(stat()[19]), marker: "" };
  await host.waitExit(child);
  expect(stat()[0]).toBe("Z");
  expect(await host.isAlive(child)).toBe(false);
  await host.signal(child, "SIGKILL");
});

test("waiting can be given up, and leaves nothing open", async () => {
  const identity = await sleeper();
  const descriptors = (): number => readdirSync("/proc/self/fd").length;
  const before = descriptors();
  for (let round = 0; round < 10; round++) {
    const abort = new AbortController();
    const waiting = host.waitExit(identity, abort.signal);
    setTimeout(() => abort.abort(new Error("enough")), 5);
    expect((await failure(waiting)).message).toBe("enough");
  }
  expect((await failure(host.waitExit(identity, AbortSignal.abort(new Error("never"))))).message).toBe("never");
  for (let wait = 0; wait < 50 && descriptors() > before; wait++) await Bun.sleep(10);
  expect(descriptors()).toBeLessThanOrEqual(before);
});

test("many wait for one, and one for many", async () => {
  const processes = await Promise.all([sleeper("sleep 0.1"), sleeper("sleep 0.2"), sleeper("sleep 0.1")]);
  await Promise.all([...processes, ...processes].map((process) => host.waitExit(process)));
  for (const process of processes) expect(await host.isAlive(process)).toBe(false);
});
