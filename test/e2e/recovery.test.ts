import { afterAll, beforeAll, expect, test } from "bun:test";
import { processesOf } from "../helpers/inventory.ts";
import { World } from "../helpers/world.ts";

interface Vm {
  readonly name: string;
  readonly state: string;
  readonly stateReason: string;
  readonly pid: number;
}

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.destroy());

const show = (name: string) => world.json<Vm>("vm", "show", name);

/** Until the predicate holds; false when the time is up. */
async function soon(limitMs: number, holds: () => boolean | Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > deadline) return false;
    await Bun.sleep(50);
  }
  return true;
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

test("a daemon that is killed leaves its guests running; the next one adopts them", async () => {
  await world.ok("vm", "create", "-q", "--name", "stay");
  const boot = await world.ok("vm", "exec", "stay", "--", "cat", "/proc/sys/kernel/random/boot_id");
  const { pid } = await show("stay");
  const daemon = await world.daemonPid();
  process.kill(daemon, "SIGKILL");
  expect(await soon(5000, () => isGone(daemon))).toBe(true);
  expect(await world.ok("vm", "exec", "stay", "--", "cat", "/proc/sys/kernel/random/boot_id")).toBe(boot);
  expect(await show("stay")).toMatchObject({ state: "running", pid });
  expect(await world.daemonPid()).not.toBe(daemon);
});

test("so does one that is killed in the middle of a stream", async () => {
  const child = world.spawn(["vm", "exec", "stay", "--", "sh", "-c", "cat /dev/zero"]);
  const reader = child.stdout.getReader();
  await reader.read();
  process.kill(await world.daemonPid(), "SIGKILL");
  while (!(await reader.read()).done);
  expect(await child.exited).toBe(125);
  expect(await world.ok("vm", "exec", "stay", "--", "echo", "still")).toBe("still");
  await world.ok("daemon", "stop");
  expect(await world.ok("vm", "exec", "stay", "--", "echo", "and again")).toBe("and again");
});

test("a command that comes while the daemon dies finds the next one, and the guest answers it, every time", async () => {
  for (let round = 0; round < 10; round++) {
    process.kill(await world.daemonPid(), "SIGKILL");
    expect(await world.ok("vm", "exec", "stay", "--", "echo", String(round))).toBe(String(round));
  }
});

test("a VMM that is killed is shown as stopped with the reason within 2 s, its journal undone, and starts again", async () => {
  const { pid } = await show("stay");
  process.kill(pid, "SIGKILL");
  expect(await soon(2000, async () => (await show("stay")).state === "stopped")).toBe(true);
  expect((await show("stay")).stateReason).toContain(`pid ${pid}`);
  expect(world.rows("select * from journal where scope = 'run'")).toEqual([]);
  await world.ok("vm", "start", "-q", "stay");
  expect(await world.ok("vm", "exec", "stay", "--", "echo", "back")).toBe("back");
});

test("a VMM that dies while no daemon is there is found dead", async () => {
  const { pid } = await show("stay");
  process.kill(await world.daemonPid(), "SIGKILL");
  process.kill(pid, "SIGKILL");
  expect(await soon(5000, () => isGone(pid))).toBe(true);
  expect(await show("stay")).toMatchObject({ state: "stopped" });
  await world.ok("vm", "start", "-q", "stay");
});

test("a client of vm run --rm that is killed takes the VM with it within 5 s", async () => {
  const child = world.spawn(["vm", "run", "--rm", "--name", "leased", "--", "sh", "-c", "echo up; sleep 600"]);
  await child.stdout.getReader().read();
  const { pid } = await show("leased");
  child.kill("SIGKILL");
  expect(await soon(5000, () => isGone(pid))).toBe(true);
  expect(
    await soon(1000, async () => (await world.json<Vm[]>("vm", "list")).every(({ name }) => name !== "leased")),
  ).toBe(true);
});

test("one that is killed while the VM boots does so too", async () => {
  const child = world.spawn(["vm", "run", "--rm", "--name", "unborn", "--", "true"]);
  const vmm = async () => (await processesOf(world.root)).filter(({ command }) => command.includes("qemu-system"));
  expect(await soon(20_000, async () => (await vmm()).length === 2)).toBe(true);
  child.kill("SIGKILL");
  expect(await soon(5000, async () => (await vmm()).length === 1)).toBe(true);
  expect(await soon(1000, async () => (await world.json<Vm[]>("vm", "list")).length === 1)).toBe(true);
});

test("deleting an adopted VM leaves nothing", async () => {
  process.kill(await world.daemonPid(), "SIGKILL");
  await world.ok("vm", "delete", "-f", "stay");
  expect(await processesOf(world.root)).toHaveLength(1);
  expect(world.rows("select * from journal")).toEqual([]);
});
