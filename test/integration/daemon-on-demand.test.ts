import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";

const program = join(import.meta.dir, "../helpers/stub-daemon-program.ts");
let root: string;

beforeEach(() => {
  root = mkdtempSync("/tmp/bd-");
  mkdirSync(`${root}/run`, { mode: 0o700 });
});
afterEach(async () => {
  const pids = starts().map(({ pid }) => pid);
  for (const pid of pids.filter(isAlive)) process.kill(pid, "SIGTERM");
  await eventually(() => !pids.some(isAlive));
  rmSync(root, { recursive: true });
});

interface Start {
  readonly pid: number;
  readonly cwd: string;
  readonly env: Record<string, string>;
}

function starts(): Start[] {
  const path = `${root}/starts`;
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Start);
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

async function cli(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = Bun.spawn([process.execPath, program, ...args], {
    cwd: root,
    env: {
      PATH: process.env["PATH"],
      HOME: `${root}/home`,
      XDG_RUNTIME_DIR: `${root}/run`,
      STUB_DIR: root,
      STUB_DAEMON: "serve",
      ...env,
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, stdout, stderr };
}

test("ten commands at once start one daemon", async () => {
  const runs = await Promise.all(Array.from({ length: 10 }, () => cli(["vm", "list", "--json"])));
  expect(runs).toEqual(Array.from({ length: 10 }, () => ({ code: 0, stdout: "[]\n", stderr: "" })));
  expect(starts()).toHaveLength(1);
  const [{ pid, cwd, env }] = starts() as [Start];
  expect(cwd).toBe("/");
  expect(env["HOME"]).toBe(`${root}/home`);
  // A session of its own, so that a terminal's end does not reach it.
  expect(Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ")[3])).toBe(pid);
  expect(statSync(`${root}/run/banger`).mode & 0o777).toBe(0o700);
}, 30_000);

test("what steers Bun does not reach the daemon", async () => {
  const { code } = await cli(["vm", "list"], { BUN_OPTIONS: "--smol", BUN_INSPECT_NOTIFY: "x", OWN: "kept" });
  expect(code).toBe(0);
  const [{ env }] = starts() as [Start];
  expect(env["OWN"]).toBe("kept");
  expect(Object.keys(env).filter((name) => name.startsWith("BUN_"))).toEqual([]);
}, 30_000);

test("a daemon that cannot serve says why", async () => {
  const { code, stderr } = await cli(["vm", "list"], { STUB_DAEMON: "refuse" });
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: "banger: config.toml has an error\n  log_level: x (config.toml:1)\n",
  });
  expect((await cli(["vm", "exec", "otter", "--", "true"], { STUB_DAEMON: "refuse" })).code).toBe(125);
}, 30_000);

test("a daemon that dies without a word leaves its log", async () => {
  const { code, stderr } = await cli(["vm", "list"], { STUB_DAEMON: "die" });
  expect(code).toBe(1);
  expect(stderr).toStartWith("banger: the daemon ended before it could serve\n  something terrible\n");
  expect(stderr).toContain("code DAEMON_UNREACHABLE");
  expect(statSync(`${root}/home/.local/state/banger/daemon.log`).mode & 0o777).toBe(0o600);
}, 30_000);

test("a dead daemon's socket is no daemon", async () => {
  await cli(["vm", "list"]);
  const [{ pid }] = starts() as [Start];
  process.kill(pid, "SIGKILL");
  await eventually(() => !isAlive(pid));
  expect(existsSync(`${root}/run/banger/daemon.sock`)).toBe(true);
  expect((await cli(["vm", "list"])).code).toBe(0);
  expect(starts()).toHaveLength(2);
}, 30_000);

test("a daemon of another version is replaced, with a notice", async () => {
  await cli(["daemon", "start"], { STUB_VERSION: "0.0.1" }).catch(() => null);
  rmSync(`${root}/starts`);
  const old = JSON.parse((await cli(["daemon", "status", "--json"])).stdout) as { version: string; pid: number };
  expect(old.version).toBe("0.0.1");
  const { code, stdout, stderr } = await cli(["vm", "list", "--json"]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "[]\n" });
  expect(stderr).toContain("the daemon had version 0.0.1");
  expect(starts()).toHaveLength(1);
  await eventually(() => !isAlive(old.pid));
}, 30_000);

test("but not while it is at work", async () => {
  await cli(["daemon", "start"], { STUB_VERSION: "0.0.1", STUB_BUSY: "1" }).catch(() => null);
  const { code, stderr } = await cli(["vm", "list"]);
  expect(code).toBe(1);
  expect(stderr).toContain("the running daemon has version 0.0.1");
  expect(stderr).toContain("op-abcdef  create otter");
  expect(JSON.parse((await cli(["daemon", "status", "--json"])).stdout)).toMatchObject({ version: "0.0.1" });
}, 30_000);

test("status and completion start nothing", async () => {
  expect((await cli(["daemon", "status"])).code).toBe(1);
  expect((await cli(["daemon", "stop"])).code).toBe(0);
  expect((await cli(["__complete", "--", "vm", "stop", ""])).stdout).toBe("");
  expect(starts()).toEqual([]);
}, 30_000);

test("a directory that others can enter holds no socket", async () => {
  writeFileSync(`${root}/run/banger`, "");
  const { code, stderr } = await cli(["vm", "list"]);
  expect(code).toBe(1);
  expect(stderr).toContain("is not a directory");
  expect(starts()).toEqual([]);
}, 30_000);
