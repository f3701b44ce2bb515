import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { World } from "../helpers/world.ts";

let world: World;
beforeAll(async () => {
  world = await World.create();
  await world.ok("vm", "create", "-q", "--name", "pipe");
});
afterAll(() => world.destroy());

const exec = (...argv: string[]) => ["vm", "exec", "pipe", "--", ...argv];
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

test("64 MiB go in and out unchanged", async () => {
  const bytes = randomBytes(64 << 20);
  const { bytes: back, code } = await world.run(exec("cat"), { stdin: bytes });
  expect(code).toBe(0);
  expect(back.length).toBe(bytes.length);
  expect(sha256(back)).toBe(sha256(bytes));
});

test("stdout and stderr stay apart and in order", async () => {
  const { stdout, stderr } = await world.run(exec("sh", "-c", "for i in 1 2 3; do echo out $i; echo err $i >&2; done"));
  expect({ stdout, stderr }).toEqual({ stdout: "out 1\nout 2\nout 3\n", stderr: "err 1\nerr 2\nerr 3\n" });
});

test("the end of stdin reaches the command, which goes on writing", async () => {
  const { stdout } = await world.run(exec("sh", "-c", "wc -c; echo after"), { stdin: "12345" });
  expect(stdout.trim().split(/\s+/)).toEqual(["5", "after"]);
});

test("a background child that holds the pipe does not hang the client", async () => {
  const { code, stdout, ms } = await world.run(exec("sh", "-c", "sleep 60 & echo done"), { timeout: 20_000 });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "done\n" });
  expect(ms).toBeLessThan(10_000);
});

test("a client that stops reading holds the command up, not the daemon", async () => {
  const child = world.spawn(exec("sh", "-c", "head -c 200000000 /dev/zero; echo end >&2"));
  await Bun.sleep(1000);
  expect(await world.ok(...exec("echo", "alive"))).toBe("alive");
  let size = 0;
  for await (const chunk of child.stdout) size += chunk.length;
  expect(size).toBe(200_000_000);
  expect(await child.exited).toBe(0);
});

test("Ctrl-C and other signals reach the command", async () => {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    const child = world.spawn(exec("sh", "-c", "echo ready; sleep 60 & wait"));
    const reader = child.stdout.getReader();
    await reader.read();
    child.kill(signal);
    expect(await child.exited).toBe(code);
  }
  const trapped = world.spawn(
    exec("sh", "-c", 'trap "echo caught; exit 7" INT; echo ready; while :; do sleep 0.1; done'),
  );
  const reader = trapped.stdout.getReader();
  await reader.read();
  trapped.kill("SIGINT");
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("caught\n");
  expect(await trapped.exited).toBe(7);
});

test("a client that dies takes its command with it", async () => {
  const child = world.spawn(exec("sh", "-c", "echo $$; exec sleep 12345"));
  await child.stdout.getReader().read();
  child.kill("SIGKILL");
  await child.exited;
  const gone = "for i in $(seq 50); do pgrep -f '[s]leep 12345' >/dev/null || exit 0; sleep 0.1; done; exit 1";
  expect((await world.run(exec("sh", "-c", gone))).code).toBe(0);
});
