import { afterAll, beforeAll, expect, test } from "bun:test";
import { inTerminal } from "../helpers/terminal.ts";
import { World } from "../helpers/world.ts";

let world: World;
beforeAll(async () => {
  world = await World.create();
  await world.ok("vm", "create", "-q", "--name", "tty");
});
afterAll(() => world.destroy());

const prompt = /root@[a-z0-9-]+:\S+# $/;

test("-t gives the command a terminal of our terminal's size, which follows it", async () => {
  const session = inTerminal(world, ["vm", "exec", "-t", "tty", "--", "sh"], { columns: 97, rows: 31 });
  await session.until(/# $/);
  session.type("tty; stty size\r");
  await session.until(/\/dev\/pts\/\d+\n31 97\n/);
  // The size travels apart from the keys: the shell is asked until it has it.
  session.type("until [ \"$(stty size)\" != '31 97' ]; do sleep 0.05; done; stty size\r");
  await session.until(/stty size\n/);
  session.resize(50, 20);
  await session.until(/20 50\n/);
  session.type("exit 5\r");
  expect(await session.exited).toBe(5);
});

test("without -t there is none, and with it there is one although ours is none", async () => {
  expect((await world.run(["vm", "exec", "tty", "--", "tty"])).stdout).toBe("not a tty\n");
  const { stdout } = await world.run(["vm", "exec", "-t", "tty", "--", "tty"]);
  expect(stdout).toMatch(/^\/dev\/pts\/\d+\r\n$/);
});

test("Ctrl-C is a key that ends the guest's command, and the terminal's mode comes back", async () => {
  const session = inTerminal(world, ["vm", "exec", "-t", "tty", "--", "sh", "-c", "echo ready; exec sleep 600"]);
  const before = session.mode();
  await session.until(/ready\n/);
  expect(session.mode()).not.toEqual(before);
  session.type("\x03");
  expect(await session.exited).toBe(130);
  expect(session.mode()).toEqual(before);
});

test("a shell takes Ctrl-C and Ctrl-D as any shell does", async () => {
  const session = inTerminal(world, ["vm", "exec", "tty"]);
  await session.until(prompt);
  session.type("sh -c 'echo began; exec sleep 600'\r");
  await session.until(/\nbegan\n/);
  session.type("\x03");
  await session.until(prompt);
  session.type("echo status $?\r");
  await session.until(/\nstatus 130\n/);
  await session.until(prompt);
  session.type("\x04");
  expect(await session.exited).toBe(0);
});

test("the mode comes back too when the guest is gone, and when the client is told to end", async () => {
  await world.ok("vm", "create", "-q", "--name", "brief");
  const session = inTerminal(world, ["vm", "exec", "-t", "brief", "--", "sh", "-c", "echo ready; exec sleep 600"]);
  const before = session.mode();
  await session.until(/ready\n/);
  await world.ok("vm", "kill", "-q", "brief");
  expect(await session.exited).toBe(125);
  expect(session.mode()).toEqual(before);
  expect(session.shown()).toMatch(/^banger: .*brief.*$/m);
  expect(session.shown()).not.toMatch(/^ +at /m);

  const other = inTerminal(world, ["vm", "exec", "-t", "tty", "--", "sh", "-c", "echo ready; exec sleep 600"]);
  await other.until(/ready\n/);
  other.kill("SIGTERM");
  expect(await other.exited).toBe(143);
  expect(other.mode()).toEqual(before);
});

test("vm run alone is a shell; without --rm the VM stays and a line says so", async () => {
  const session = inTerminal(world, ["vm", "run", "--name", "mine"]);
  await session.until(prompt);
  session.type("hostname; exit\r");
  await session.until(/\nmine\n/);
  expect(await session.exited).toBe(0);
  expect(session.shown()).toMatch(/^mine is still running\. Back in: /m);
  expect(await world.json("vm", "show", "mine")).toMatchObject({ state: "running" });
});

test("a terminal is asked before a running VM is deleted, and before prune", async () => {
  const refused = inTerminal(world, ["vm", "delete", "mine"]);
  await refused.until(/mine.*\[y\/N\] $/);
  refused.type("n\r");
  expect(await refused.exited).not.toBe(0);
  expect(await world.json("vm", "show", "mine")).toMatchObject({ state: "running" });
  const agreed = inTerminal(world, ["vm", "delete", "mine"]);
  await agreed.until(/\[y\/N\] $/);
  agreed.type("y\r");
  expect(await agreed.exited).toBe(0);
  expect((await world.run(["vm", "show", "mine"])).code).toBe(1);
  const { code, stderr } = await world.run(["vm", "delete", "tty"]);
  expect(code).toBe(1);
  expect(stderr).toContain("--force");
});
