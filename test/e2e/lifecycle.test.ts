import { afterAll, beforeAll, expect, test } from "bun:test";
import { World } from "../helpers/world.ts";

interface Vm {
  readonly name: string;
  readonly state: string;
  readonly stateReason: string;
  readonly vcpu: number;
  readonly bootId: string | null;
  readonly pid: number | null;
}

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.destroy());

const exec = (name: string, script: string) => world.ok("vm", "exec", name, "--", "sh", "-c", script);
const show = (name: string) => world.json<Vm>("vm", "show", name);
const bootId = (name: string) => exec(name, "cat /proc/sys/kernel/random/boot_id");

test("what was written is there after a graceful stop without a sync, and after a kill with one", async () => {
  await world.ok("vm", "create", "-q", "--name", "keep");
  await exec(
    "keep",
    "echo root > /srv/file; echo home > /root/file; ln -s file /root/link; mkdir -p /var/lib/docker && echo bound > /var/lib/docker/file",
  );
  const before = await bootId("keep");
  await world.ok("vm", "stop", "-q", "keep");
  expect(await show("keep")).toMatchObject({ state: "stopped", stateReason: "", pid: null });
  await world.ok("vm", "start", "-q", "keep");
  expect(await exec("keep", "cat /srv/file /root/link /var/lib/docker/file")).toBe("root\nhome\nbound");
  expect(await bootId("keep")).not.toBe(before);
  await exec("keep", "echo more >> /srv/file; echo more >> /root/file; sync");
  await world.ok("vm", "kill", "-q", "--signal", "KILL", "keep");
  expect(await show("keep")).toMatchObject({ state: "stopped", stateReason: "killed by SIGKILL" });
  await world.ok("vm", "start", "-q", "keep");
  expect(await exec("keep", "cat /srv/file /root/file")).toBe("root\nmore\nhome\nmore");
});

test("a restart is a real stop and start", async () => {
  const before = await bootId("keep");
  await world.ok("vm", "restart", "-q", "keep");
  const after = await bootId("keep");
  expect(after).not.toBe(before);
  expect((await show("keep")).bootId).toBe(after);
});

test("set changes what the next start has", async () => {
  await world.ok("vm", "set", "keep", "--vcpu", "2", "--memory", "640M", "--disk-size", "10G");
  await world.ok("vm", "restart", "-q", "keep");
  expect(await exec("keep", "nproc")).toBe("2");
  expect(Number(await exec("keep", "awk '/MemTotal/ {print $2}' /proc/meminfo"))).toBeGreaterThan(540_000);
  expect(Number(await exec("keep", "df -B1 --output=size /root | tail -n 1"))).toBeGreaterThan(9 * 2 ** 30);
  expect(await exec("keep", "cat /root/file")).toBe("home\nmore");
  const { code, stderr } = await world.run(["vm", "set", "keep", "--disk-size", "2G"]);
  expect(code).not.toBe(0);
  expect(stderr).toContain("cannot shrink");
});

test("two guests are two machines", async () => {
  await world.ok("vm", "create", "-q", "--name", "other");
  const identity = "hostname; cat /etc/machine-id; cat /etc/ssh/ssh_host_ed25519_key";
  const [a, b] = [await exec("keep", identity), await exec("other", identity)].map((text) => text.split("\n"));
  expect([a![0], b![0]]).toEqual(["keep", "other"]);
  expect(a![1]).toMatch(/^[0-9a-f]{32}$/);
  expect(b![1]).toMatch(/^[0-9a-f]{32}$/);
  expect(a![1]).not.toBe(b![1]);
  expect(a!.slice(2)).not.toEqual(b!.slice(2));
});

test("a module outside the initramfs can be loaded", async () => {
  expect(await exec("other", "modprobe dummy && lsmod | grep -c ^dummy")).toBe("1");
});

test("prune deletes what is stopped and leaves what runs", async () => {
  await world.ok("vm", "stop", "-q", "keep");
  await world.ok("vm", "create", "-q", "--no-start", "--name", "fresh");
  await world.ok("vm", "prune", "-f");
  expect((await world.json<Vm[]>("vm", "list")).map(({ name, state }) => [name, state])).toEqual([
    ["other", "running"],
  ]);
});

test("several references: the good ones are done although one is bad", async () => {
  await world.ok("vm", "create", "-q", "--no-start", "--name", "third");
  const { code, stderr } = await world.run(["vm", "delete", "-f", "other", "nobody", "third"]);
  expect(code).toBe(1);
  expect(stderr).toContain("no VM is called nobody");
  expect(await world.json<Vm[]>("vm", "list")).toEqual([]);
});

test("a guest that powers off by itself is stopped with a reason", async () => {
  await world.ok("vm", "create", "-q", "--name", "selfish");
  await world.run(["vm", "exec", "selfish", "--", "systemctl", "reboot", "--force", "--force"]);
  const deadline = Date.now() + 15_000;
  while ((await show("selfish")).state !== "stopped" && Date.now() < deadline) await Bun.sleep(100);
  expect((await show("selfish")).stateReason).toContain("ended");
  await world.ok("vm", "start", "-q", "selfish");
  await world.ok("vm", "delete", "-f", "selfish");
});
