import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { oneError } from "../helpers/error-lines.ts";
import { eventually } from "../helpers/eventually.ts";
import { processesOf } from "../helpers/inventory.ts";
import { inTerminal } from "../helpers/terminal.ts";
import { World } from "../helpers/world.ts";

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.destroy());

/** How many daemons have served in this world. */
const served = (): number =>
  readFileSync(join(world.stateDir, "daemon.log"), "utf8")
    .split("\n")
    .filter((line) => /\bserving\b/.test(line)).length;
const vmms = async () => (await processesOf(world.root)).filter(({ command }) => command.includes("qemu-system"));
/** The VMs' own files and folders, on disk and of their runs. */
const remains = (): string[] => [
  ...readdirSync(join(world.stateDir, "vms")),
  ...readdirSync(world.runtimeDir).filter((name) => /^[0-9a-f]{16}$/.test(name)),
];

async function nothingLeft(): Promise<void> {
  expect(await world.json<unknown[]>("vm", "list")).toEqual([]);
  expect(await vmms()).toEqual([]);
  expect(world.rows("select * from journal")).toEqual([]);
  expect(remains()).toEqual([]);
}

test("ten commands at once with no daemon start exactly one", async () => {
  const runs = await Promise.all(Array.from({ length: 10 }, () => world.run(["vm", "list", "--json"])));
  expect(runs.map(({ code, stdout, stderr }) => ({ code, stdout, stderr }))).toEqual(
    Array.from({ length: 10 }, () => ({ code: 0, stdout: "[]\n", stderr: "" })),
  );
  expect(served()).toBe(1);
  expect((await processesOf(world.root)).map(({ pid }) => pid)).toEqual([await world.daemonPid()]);
});

test("Ctrl-C while a VM boots cancels it, and nothing is left", async () => {
  for (const rm of [["--rm"], []]) {
    const child = world.spawn(["vm", "run", ...rm, "--name", "unborn", "--", "true"]);
    for (let tries = 0; (await vmms()).length === 0; tries++) {
      if (tries === 600) throw new Error(`no VMM was started: ${world.evidence()}`);
      await Bun.sleep(20);
    }
    child.kill("SIGINT");
    const [code, stderr] = await Promise.all([child.exited, new Response(child.stderr).text()]);
    expect(code).toBe(130);
    expect(stderr).toMatch(/cancelling: what was set up is being undone/);
    expect(stderr).not.toMatch(/^ +at /m);
    await nothingLeft();
  }
});

test("so does the key, typed in a terminal", async () => {
  const session = inTerminal(world, ["vm", "run", "--rm", "--name", "unborn", "--", "true"]);
  const before = session.mode();
  for (let tries = 0; (await vmms()).length === 0 && tries < 600; tries++) await Bun.sleep(20);
  session.type("\x03");
  expect(await session.exited).toBe(130);
  expect(session.mode()).toEqual(before);
  await nothingLeft();
});

test("a start that fails is undone: of a create nothing is left, a VM that was there stays", async () => {
  const created = await world.run(["vm", "create", "--name", "late", "--boot-timeout", "50ms"]);
  expect(created.code).toBe(1);
  expect(oneError(created.stderr).sentence).toContain("late did not answer");
  await nothingLeft();
  const run = await world.run(["vm", "run", "--rm", "--name", "late", "--boot-timeout", "50ms", "--", "true"]);
  expect(run.code).toBe(125);
  await nothingLeft();
  await world.ok("vm", "create", "-q", "--no-start", "--name", "late");
  const started = await world.run(["vm", "start", "late", "--boot-timeout", "50ms"]);
  expect(started.code).toBe(1);
  expect(oneError(started.stderr).help).toContain("has been undone");
  expect(await vmms()).toEqual([]);
  expect(await world.json("vm", "show", "late")).toMatchObject({ state: "created" });
  expect(world.rows("select * from journal where scope = 'run'")).toEqual([]);
  await world.ok("vm", "delete", "late");
  await nothingLeft();
});

test("--keep-failed says what remains, leaves it over a daemon's life, and vm delete clears it", async () => {
  const args = ["vm", "create", "--name", "kept", "--boot-timeout", "50ms", "--keep-failed"];
  const { code, stderr } = await world.run(args);
  expect(code).toBe(1);
  const { sentence, help } = oneError(stderr);
  expect(sentence).toContain("kept did not answer");
  const [vmm] = await vmms();
  expect(vmm).toBeDefined();
  const { id, state, stateReason } = await world.json<Record<string, string>>("vm", "show", "kept");
  expect({ state, stateReason }).toEqual({
    state: "error",
    stateReason: expect.stringContaining("kept after a failed"),
  });
  expect(help).toContain("is kept");
  for (const remaining of [`vms/${id}`, `run/banger/${id}`, "vmm/qemu"]) expect(help).toContain(remaining);
  expect(remains()).toEqual([id!, id!]);
  await world.ok("daemon", "stop");
  expect(await world.json("vm", "show", "kept")).toMatchObject({ state: "error" });
  expect(await vmms()).toEqual([vmm!]);
  await world.ok("vm", "delete", "-f", "kept");
  await nothingLeft();
});

test("a kept one can be started: what remained goes first", async () => {
  await world.run(["vm", "create", "--name", "again", "--boot-timeout", "50ms", "--keep-failed"]);
  await world.ok("vm", "start", "-q", "again");
  expect(await vmms()).toHaveLength(1);
  expect(await world.ok("vm", "exec", "again", "--", "echo", "up")).toBe("up");
});

test("a second Ctrl-C ends the client at once; the daemon goes on undoing", async () => {
  await world.ok("vm", "delete", "-f", "again");
  const child = world.spawn(["vm", "create", "--name", "unborn"]);
  for (let tries = 0; (await vmms()).length === 0 && tries < 600; tries++) await Bun.sleep(20);
  child.kill("SIGINT");
  child.kill("SIGINT");
  await child.exited;
  for (let tries = 0; remains().length > 0 && tries < 200; tries++) await Bun.sleep(50);
  await eventually(() => remains().length === 0);
  await nothingLeft();
});

test("bash loads the completion script, which knows commands, flags and VMs", async () => {
  await world.ok("vm", "create", "-q", "--no-start", "--name", "completed");
  const script = await world.ok("completion", "bash");
  const child = Bun.spawn(["bash", "--norc", "-c", `${script}\ncomplete -p banger`], {
    env: world.env,
    stdout: "pipe",
  });
  expect(await new Response(child.stdout).text()).toMatch(/^complete .*banger$/m);
  expect(await child.exited).toBe(0);
  for (const shell of ["zsh", "fish"]) expect(await world.ok("completion", shell)).toContain("banger");
});
