import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { leftovers, processesOf } from "../helpers/inventory.ts";
import { ordinaryUser } from "../helpers/ordinary-user.ts";
import { banger } from "../helpers/world.ts";

const asRoot = process.getuid!() === 0;

let dir: string;
let home: string;
let prefix: readonly string[] = [];
let program: string;

beforeAll(() => {
  dir = mkdtempSync("/tmp/bo-");
  chmodSync(dir, 0o755);
  // Where another user can read it, wherever this checkout is.
  program = join(dir, "banger");
  copyFileSync(banger, program);
  chmodSync(program, 0o755);
  const user = asRoot ? ordinaryUser(join(dir, "u")) : { prefix: [], home: mkdtempSync(join(dir, "u-")) };
  home = user.home;
  prefix = user.prefix;
});

afterAll(async () => {
  for (const { pid } of await processesOf(dir)) process.kill(pid, "SIGKILL");
  rmSync(dir, { recursive: true, force: true });
});

/** Runs as that user with a HOME and a PATH, and none of the XDG variables. */
async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = Bun.spawn([...prefix, program, ...args], {
    env: { PATH: process.env["PATH"], HOME: home },
    cwd: dir,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, stdout, stderr };
}

test("a new user without sudo: one command from an empty home to the command's exit status", async () => {
  expect(readdirSync(home)).toEqual([]);
  const { code, stdout, stderr } = await run("vm", "run", "--rm", "--", "sh", "-c", "id -u; exit 42");
  if (code !== 42) throw new Error(`exited ${code}\n${stderr}`);
  expect(stdout).toBe("0\n");
  expect(stderr).toMatch(/^image +debian-bookworm/m);
  expect(stderr).toMatch(/^start +/m);
});

test("afterwards a run needs no image, and nothing of the VMs is left", async () => {
  const { code, stderr } = await run("vm", "run", "--rm", "--", "true");
  expect(code).toBe(0);
  expect(stderr).not.toMatch(/^image/m);
  expect(JSON.parse((await run("vm", "list", "--json")).stdout)).toEqual([]);
  const { stdout } = await run("daemon", "status", "--json");
  const status = JSON.parse(stdout) as { socket: string; stateDir: string };
  expect(status.stateDir).toBe(join(home, ".local/state/banger"));
  // Without XDG_RUNTIME_DIR it is a private directory in /tmp.
  const runtime = status.socket.slice(0, status.socket.lastIndexOf("/"));
  expect(runtime).toMatch(/^\/tmp\/banger-\d+$/);
  expect(statSync(runtime).mode & 0o7777).toBe(0o700);
  expect(statSync(runtime).uid).toBe(statSync(home).uid);
  expect((await run("daemon", "stop")).code).toBe(0);
  expect((await leftovers(dir)).lines).toEqual([]);
  expect(readdirSync(runtime).filter((name) => !name.endsWith(".lock"))).toEqual([]);
  if (asRoot) rmSync(runtime, { recursive: true });
  expect(readdirSync(join(home, ".local/state/banger/vms"))).toEqual([]);
  // Nothing in the user's account but banger's own folders.
  const own = [".cache", ".local", ".local/state"].flatMap((name) =>
    existsSync(join(home, name)) ? readdirSync(join(home, name)).map((inner) => `${name}/${inner}`) : [],
  );
  expect(own.filter((name) => !name.endsWith("/banger"))).toEqual([".local/state"]);
  expect(readdirSync(home).filter((name) => ![".cache", ".local"].includes(name))).toEqual([]);
});
