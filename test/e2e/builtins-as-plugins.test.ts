import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { askDns } from "../helpers/ask-dns.ts";
import { bareBanger, builtinPlugins } from "../helpers/builtins-as-plugins.ts";
import { eventually } from "../helpers/eventually.ts";
import { processesOf } from "../helpers/inventory.ts";
import { World } from "../helpers/world.ts";

/**
 * A banger with no capability built in, and work disk, names, NAT and the agent's channel as plugins. Any other test of this folder does the
 * same with BANGER_BIN and BANGER_TEST_PLUGINS set to what the two helpers make.
 */
const folder = mkdtempSync("/tmp/bb-");
let world: World;
beforeAll(async () => {
  const plugins = join(folder, "plugins");
  mkdirSync(plugins, { mode: 0o700 });
  await builtinPlugins(plugins);
  world = await World.create({ program: await bareBanger(folder), plugins });
});
afterAll(async () => {
  await world?.destroy();
  rmSync(folder, { recursive: true, force: true });
});

test("each has a process of its own once a VM uses it, and the VM has what they give", async () => {
  expect((await world.json<{ name: string }[]>("plugin", "list")).map(({ name }) => name)).toEqual([
    "dns",
    "nat",
    "vsock",
    "workdisk",
  ]);
  await world.ok("vm", "create", "-q", "--nat", "--memory", "256M", "--disk-size", "1G", "--name", "web");
  const running = (await processesOf(world.root)).flatMap(
    ({ command }) => / plugin run (\w+)/.exec(command)?.[1] ?? [],
  );
  expect(running.toSorted()).toEqual(["dns", "nat", "vsock", "workdisk"]);
  expect(await world.ok("vm", "exec", "web", "--", "findmnt", "-no", "FSTYPE", "/root")).toBe("ext4");
  const { address } = await world.json<{ address: string }>("vm", "show", "web");
  expect(address).toStartWith("127.77.");
  expect(await askDns(world.dns.port, "web.vm")).toEqual([address]);
  expect(await world.json("vm", "health", "web")).toMatchObject({ processes: expect.any(Number) });
});

/** Whether the guest's sshd greets whoever comes to the VM's address on this host. */
async function greeted(hostname: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = {
    data: (_: unknown, data: Buffer) => resolve(data.toString()),
    close: () => resolve(""),
    connectError: () => resolve(""),
  };
  const connection = await Bun.connect({ hostname, port: 22, socket }).catch(() => null);
  const greeting = await Promise.race([promise, Bun.sleep(1000).then(() => "")]);
  connection?.terminate();
  return greeting.startsWith("SSH-");
}

test("a guest's port is open at its address, also after the death of the daemon", async () => {
  await world.ok("vm", "restart", "-q", "--wait", "ssh", "web");
  const { address } = await world.json<{ address: string }>("vm", "show", "web");
  await eventually(() => greeted(address), 30_000);
  process.kill(await world.daemonPid(), "SIGKILL");
  await world.ok("daemon", "start");
  await eventually(() => greeted(address), 30_000);
  await world.ok("vm", "delete", "-q", "-f", "web");
  expect(world.rows("select * from journal")).toEqual([]);
});
