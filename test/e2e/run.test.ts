import { afterAll, beforeAll, expect, test } from "bun:test";
import { World } from "../helpers/world.ts";

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.destroy());

const rm = ["vm", "run", "--rm", "-q", "--"] as const;

test("the command's exit status is vm run's, and nothing stays", async () => {
  const { code, stdout } = await world.run([...rm, "sh", "-c", "exit 42"]);
  expect({ code, stdout }).toEqual({ code: 42, stdout: "" });
  expect(await world.json<unknown[]>("vm", "list")).toEqual([]);
});

test("a death by signal 9 is 137, a missing program 127, one that cannot be executed 126", async () => {
  await world.ok("vm", "create", "-q", "--name", "codes");
  const status = async (...argv: string[]) => (await world.run(["vm", "exec", "codes", "--", ...argv])).code;
  expect(await status("sh", "-c", "kill -9 $$")).toBe(137);
  expect(await status("sh", "-c", "kill -TERM $$")).toBe(143);
  expect(await status("no-such-program")).toBe(127);
  expect(await status("/etc/passwd")).toBe(126);
  await world.ok("vm", "delete", "-f", "codes");
  expect((await world.run([...rm, "no-such-program"])).code).toBe(127);
});

test("arguments arrive as given: spaces, quotes, newlines, dollars, and empty ones", async () => {
  const given = ["a b", "it's", 'say "x"', "line\nline", "$HOME", "`id`", "", "*", "\\", "ü", "--rm", "-q"];
  const { stdout, code } = await world.run([...rm, "printf", "%s\\0", ...given]);
  expect(code).toBe(0);
  expect(stdout.split("\0").slice(0, -1)).toEqual(given);
});

test("--env and --workdir reach the command, and an unset PATH finds programs", async () => {
  const { stdout } = await world.run([
    "vm",
    "run",
    "--rm",
    "-q",
    "--env",
    "GREETING=good day",
    "--workdir",
    "/usr/share",
    "--",
    "sh",
    "-c",
    'printf "%s %s" "$GREETING" "$PWD"',
  ]);
  expect(stdout).toBe("good day /usr/share");
});

test("four at once succeed", async () => {
  const runs = await Promise.all([1, 2, 3, 4].map((n) => world.run([...rm, "sh", "-c", `echo ${n}; exit ${n}`])));
  expect(runs.map(({ code, stdout }) => [code, stdout])).toEqual([1, 2, 3, 4].map((n) => [n, `${n}\n`]));
  expect(await world.json<unknown[]>("vm", "list")).toEqual([]);
});

test("of two creates of one name one wins, and the other's error names it", async () => {
  const runs = await Promise.all([1, 2].map(() => world.run(["vm", "create", "--no-start", "--name", "twin"])));
  expect(runs.map(({ code }) => code).sort()).toEqual([0, 1]);
  expect(runs.find(({ code }) => code === 1)!.stderr).toContain("a VM called twin exists already");
  expect((await world.json<{ name: string }[]>("vm", "list")).map(({ name }) => name)).toEqual(["twin"]);
  await world.ok("vm", "delete", "-f", "twin");
});

test("systemctl is-system-running --wait, sent as the first command, prints running", async () => {
  const { stdout, code } = await world.run([...rm, "systemctl", "is-system-running", "--wait"]);
  expect({ stdout, code }).toEqual({ stdout: "running\n", code: 0 });
});

test("the tree that an early command sees is the one that a late command sees", async () => {
  await world.ok("vm", "create", "-q", "--name", "tree");
  const mounts = () => world.ok("vm", "exec", "tree", "--", "findmnt", "-rno", "TARGET,FSTYPE", "--real");
  const early = await mounts();
  await world.ok("vm", "exec", "tree", "--", "systemctl", "is-system-running", "--wait");
  expect(await mounts()).toBe(early);
  await world.ok("vm", "delete", "-f", "tree");
});

test("guests run as the doctor says of KVM: on a device that opens but runs no vcpu they are emulated, and every start says so", async () => {
  const { rows } = await world.json<{ rows: { row: string; status: string; message: string }[] }>("doctor");
  const { status, message } = rows.find(({ row }) => row === "kvm")!;
  const { stderr } = await world.run(["vm", "create", "--name", "accel"]);
  const { accel, vmmReason } = await world.json<{ accel: string; vmmReason: string }>("vm", "show", "accel");
  const emulated = status !== "pass";
  expect(accel).toBe(emulated ? "tcg" : "kvm");
  expect(message.includes("guests will be emulated")).toBe(emulated);
  if (emulated) expect(vmmReason).toBe("no usable KVM here");
  expect(stderr.includes("emulated: no usable KVM here (banger doctor)")).toBe(emulated);
  await world.ok("vm", "delete", "-f", "accel");
});

test("a death by signal is vm run's status too, and a container store has a real file system under it", async () => {
  const mount =
    "mkdir -p /var/lib/docker/l /var/lib/docker/u /var/lib/docker/w /var/lib/docker/m && cd /var/lib/docker";
  const overlay = "mount -t overlay overlay -o lowerdir=l,upperdir=u,workdir=w m && touch m/x && test -e u/x";
  expect((await world.run([...rm, "sh", "-c", `${mount} && ${overlay} && kill -9 $$`])).code).toBe(137);
});
