import { afterAll, beforeAll, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { oneError } from "../helpers/error-lines.ts";
import { banger, World } from "../helpers/world.ts";

let world: World;
beforeAll(async () => {
  world = await World.create();
  await world.ok("vm", "create", "-q", "--name", "host", "--wait", "ssh");
});
afterAll(() => world.destroy());

/** OpenSSH with nothing of the user's: banger's key, and the channel in place of a network. */
async function openssh(program: "ssh" | "scp", ...args: string[]): Promise<{ code: number; output: string }> {
  const options = [
    `ProxyCommand=${banger} vm proxy host`,
    `IdentityFile=${join(world.stateDir, "ssh/id_ed25519")}`,
    "IdentitiesOnly=yes",
    "BatchMode=yes",
    "StrictHostKeyChecking=accept-new",
    `UserKnownHostsFile=${join(world.root, "home/known_hosts")}`,
  ];
  const child = Bun.spawn([program, "-q", "-F", "none", ...options.flatMap((option) => ["-o", option]), ...args], {
    env: world.env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const output = await new Response(child.stdout).text();
  return { code: await child.exited, output };
}

test("the key is private", () => {
  expect(statSync(join(world.stateDir, "ssh/id_ed25519")).mode & 0o777).toBe(0o600);
});

test("ssh through vm proxy is root in the guest", async () => {
  const { code, output } = await openssh("ssh", "root@host.vm", "id -un; hostname; exit 42");
  expect({ code, output }).toEqual({ code: 42, output: "root\nhost\n" });
});

test("scp through vm proxy, both ways", async () => {
  const [there, back] = [join(world.root, "home/there"), join(world.root, "home/back")];
  const bytes = randomBytes(3 << 20);
  writeFileSync(there, bytes);
  expect((await openssh("scp", there, "root@host.vm:/srv/copied")).code).toBe(0);
  expect((await openssh("scp", "root@host.vm:/srv/copied", back)).code).toBe(0);
  expect(Buffer.compare(readFileSync(back), bytes)).toBe(0);
});

test("vm proxy reaches any port of the guest", async () => {
  const { stdout } = await world.run(["vm", "proxy", "host", "22"]);
  expect(stdout).toMatch(/^SSH-2\.0-OpenSSH/);
});

test("vm proxy fails where nothing listens", async () => {
  const { code, stdout, stderr } = await world.run(["vm", "proxy", "host", "7"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(oneError(stderr).sentence).toContain("7");
});

test("the guest's init has finished, and vm health and vm ports say what it runs", async () => {
  await world.ok("vm", "exec", "host", "--", "systemctl", "is-system-running", "--wait");
  expect(await world.json("vm", "health", "host")).toMatchObject({ init: "running" });
  expect(await world.ok("vm", "health", "host")).toMatch(/^init +running$/m);
  const ports = await world.json<{ port: number; protocol: string; program: string }[]>("vm", "ports", "host");
  expect(ports).toContainEqual(expect.objectContaining({ port: 22 }));
});
