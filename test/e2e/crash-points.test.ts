import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { processesOf } from "../helpers/inventory.ts";
import { World } from "../helpers/world.ts";

/** One step of a start: the n-th effect of that participant with that undo. */
interface Step {
  readonly name: string;
  readonly count: number;
  readonly scope: "run" | "vm";
}

let world: World;
let steps: Step[];

beforeAll(async () => {
  world = await World.create();
  await world.ok("vm", "create", "-q", "--name", "probe");
  const counts = new Map<string, number>();
  const rows = world.rows<{ participant: string; undo: string; scope: Step["scope"] }>(
    "select participant, undo, scope from journal order by seq",
  );
  steps = rows.map(({ participant, undo, scope }) => {
    const name = `${participant}.${undo}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return { name, count: counts.get(name)!, scope };
  });
  await world.ok("vm", "delete", "-f", "probe");
  await world.ok("daemon", "stop");
});
afterAll(() => world.destroy());

/** Runs one command with a daemon that kills itself at the step. */
async function crash(at: string, args: readonly string[]): Promise<void> {
  await world.run(["daemon", "stop"]);
  await world.run(["daemon", "start"], { env: { BANGER_CRASH_AT: at } });
  const { code, stderr } = await world.run(args);
  if (code === 0) throw new Error(`${args.join(" ")} went on past ${at}\n${stderr}`);
}

/** After the next daemon's start: no VMM, no socket, no file of the run. */
async function expectNothingLeft(): Promise<void> {
  await world.ok("daemon", "start");
  const left = (await processesOf(world.root)).filter(({ command }) => !command.includes("daemon serve"));
  expect(left).toEqual([]);
  expect(world.rows("select participant, undo from journal where scope = 'run' or done = 0")).toEqual([]);
  const run = readdirSync(world.runtimeDir).filter((name) => /^[0-9a-f]{16}$/.test(name));
  expect(run).toEqual([]);
  const sockets = await new Response(Bun.spawn(["ss", "-xlnH"], { stdout: "pipe" }).stdout).text();
  expect(sockets.split("\n").filter((line) => line.includes(world.root) && !line.includes("daemon.sock"))).toEqual([]);
  const mounts = await new Response(Bun.spawn(["findmnt", "-rno", "TARGET"], { stdout: "pipe" }).stdout).text();
  expect(mounts).not.toContain(world.root);
}

test("a start has steps, and they are those of all who take part", () => {
  expect(steps.map(({ name }) => name)).toContain("vmm/qemu.kill");
  expect(steps.length).toBeGreaterThanOrEqual(5);
});

test("killed at any step of a start, the next daemon leaves nothing of it and the VM starts", async () => {
  for (const { name, count } of steps) {
    for (const moment of ["record", "done"]) {
      await world.ok("vm", "create", "-q", "--no-start", "--name", "victim");
      await crash(`${moment}:${name}:${count}`, ["vm", "start", "-q", "victim"]);
      await expectNothingLeft();
      await world.ok("vm", "start", "-q", "victim");
      expect(await world.ok("vm", "exec", "victim", "--", "echo", "up")).toBe("up");
      await world.ok("vm", "delete", "-f", "victim");
      expect(existsSync(join(world.stateDir, "vms")) ? readdirSync(join(world.stateDir, "vms")) : []).toEqual([]);
    }
  }
});

test("killed at any step of a stop or a kill, the next daemon finishes it and the VM starts", async () => {
  await world.ok("vm", "create", "-q", "--name", "victim");
  await world.ok("vm", "exec", "victim", "--", "sh", "-c", "echo data > /srv/data; sync");
  const run = steps.filter(({ scope }) => scope === "run").map(({ name }) => name);
  const undone = run.map(
    (name, index) => `${name}:${run.slice(0, index + 1).filter((other) => other === name).length}`,
  );
  for (const [index, step] of undone.entries()) {
    // An orderly stop takes seconds in emulation: each step is tried with one of the two verbs at either moment.
    for (const moment of ["undone", "removed"]) {
      const verb = (index + (moment === "undone" ? 0 : 1)) % 2 === 0 ? "stop" : "kill";
      await crash(`${moment}:${step}`, ["vm", verb, "-q", "victim"]);
      await expectNothingLeft();
      expect(await world.json("vm", "show", "victim")).toMatchObject({ state: "stopped" });
      await world.ok("vm", "start", "-q", "victim");
      expect(await world.ok("vm", "exec", "victim", "--", "cat", "/srv/data")).toBe("data");
    }
  }
});

test("killed while the guest shuts down, before anything is undone, the next daemon finishes the stop", async () => {
  const stopping = world.spawn(["vm", "stop", "-q", "victim"]);
  while (world.rows<{ state: string }>("select state from vms")[0]?.state !== "stopping") await Bun.sleep(5);
  process.kill(await world.daemonPid(), "SIGKILL");
  await stopping.exited;
  await expectNothingLeft();
  expect(await world.json("vm", "show", "victim")).toMatchObject({ state: "stopped" });
});

test("killed at any step of a delete, the next daemon finishes it", async () => {
  for (const { name, count } of steps.filter(({ scope }) => scope === "vm")) {
    await crash(`undone:${name}:${count}`, ["vm", "delete", "-f", "victim"]);
    await expectNothingLeft();
    expect(await world.json<unknown[]>("vm", "list")).toEqual([]);
    expect(readdirSync(join(world.stateDir, "vms"))).toEqual([]);
    expect(world.rows("select * from journal")).toEqual([]);
    await world.ok("vm", "create", "-q", "--name", "victim");
  }
  await world.ok("vm", "delete", "-f", "victim");
});
