import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { World } from "../helpers/world.ts";

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.destroy());

/** Until the VM has a VMM that boots. */
async function booting(name: string): Promise<void> {
  const sql = `select 1 from journal where participant like 'vmm/%' and vm_id = (select id from vms where name = '${name}')`;
  for (let look = 0; look < 200; look++) {
    try {
      if (world.rows(sql).length > 0) return;
    } catch {
      // The daemon has not made its store yet.
    }
    await Bun.sleep(20);
  }
  throw new Error(`${name} does not boot\n${world.evidence()}`);
}

test("a delete does not wait for the boot that it makes pointless", async () => {
  const created = world.run(["vm", "create", "--name", "brief"]);
  await booting("brief");
  await world.ok("vm", "delete", "--force", "brief");
  const { code, stderr } = await created;
  expect(code).toBe(130);
  expect(stderr).toContain("banger: brief is being deleted");
  expect(world.rows("select * from vms")).toEqual([]);
  expect(world.rows("select * from journal")).toEqual([]);
});

test("a VM that starts while others are pruned stays", async () => {
  await world.ok("vm", "create", "--name", "stays");
  await world.ok("vm", "stop", "stays");
  const started = world.run(["vm", "start", "stays"]);
  await booting("stays");
  await world.ok("vm", "prune", "--force");
  expect((await started).code).toBe(0);
  expect(await world.ok("vm", "exec", "stays", "--", "echo", "here")).toBe("here");
});

test("a VMM that does not take its signal holds nobody up", async () => {
  const { pid } = await world.json<{ pid: number }>("vm", "show", "stays");
  process.kill(pid, "SIGSTOP");
  const { code, stderr } = await world.run(["vm", "kill", "--signal", "TERM", "stays"]);
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("stays still runs 10 s after SIGTERM"),
  });
  await world.ok("vm", "kill", "stays");
  await world.ok("vm", "start", "stays");
}, 60_000);

test("a name of dots is no way to another route", async () => {
  const pid = await world.daemonPid();
  const { code, stderr } = await world.run(["vm", "stop", ".."]);
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("no VM is called ..") });
  expect(await world.daemonPid()).toBe(pid);
});

test("one state has one daemon, also for who looks for its socket elsewhere", async () => {
  const elsewhere = join(world.root, "home/elsewhere");
  mkdirSync(elsewhere, { mode: 0o700 });
  const { code, stderr } = await world.run(["vm", "list"], { env: { XDG_RUNTIME_DIR: elsewhere } });
  expect(code).toBe(1);
  expect(stderr).toContain(`a daemon with another socket serves ${world.stateDir}: ${world.runtimeDir}/daemon.sock`);
  expect(stderr).toContain(`kill ${await world.daemonPid()}`);
  rmSync(elsewhere, { recursive: true });
}, 30_000);

test("a runtime directory that is swept away takes the daemon with it; the next one says how to reach the VMs again", async () => {
  const pid = await world.daemonPid();
  rmSync(world.runtimeDir, { recursive: true });
  expect(await world.json<{ name: string }[]>("vm", "list")).toMatchObject([{ name: "stays", state: "running" }]);
  expect(await world.daemonPid()).not.toBe(pid);
  const { code, stderr } = await world.run(["vm", "exec", "stays", "--", "true"]);
  expect({ code, stderr }).toMatchObject({ code: 125, stderr: expect.stringContaining("is gone") });
  expect(stderr).toContain("banger vm restart");
  await world.ok("vm", "restart", "stays");
  expect(await world.ok("vm", "exec", "stays", "--", "echo", "back")).toBe("back");
}, 60_000);
