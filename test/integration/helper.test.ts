import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatService } from "../../src/core/model/service.ts";
import { askHelper, requestLine } from "../helpers/ask-helper.ts";
import { banger } from "../helpers/binary.ts";
import { eventually } from "../helpers/eventually.ts";

/** Within the namespace where the test is not root; users there are subordinate ids. */
const asRoot = process.getuid!() === 0;
const owner = 1;
const stranger = 2;

const root = mkdtempSync("/tmp/bh-");
const record = join(root, "etc/install.toml");
const socket = join(root, "s/helper.sock");
let helper: Bun.Subprocess;

beforeAll(async () => {
  for (const name of ["etc", "s", "state"]) mkdirSync(join(root, name), { mode: 0o755 });
  // Open to all, so that it is the helper who refuses.
  for (const path of [root, join(root, "s")]) chmodSync(path, 0o755);
  const place = (name: string): string => join(root, name);
  const service = {
    version: "1",
    owner: "somebody",
    uid: owner,
    gid: owner,
    home: root,
    binary: banger,
    stateDir: place("state"),
    cacheDir: place("cache"),
    runtimeDir: place("run"),
    helperSocket: socket,
    made: [],
  };
  writeFileSync(record, formatService(service), { mode: 0o644 });
  helper = await start();
});
afterAll(async () => {
  await end(helper);
  rmSync(root, { recursive: true });
});

async function start() {
  const prefix = asRoot ? [] : ["unshare", "--user", "--map-root-user", "--map-auto", "--"];
  const child = Bun.spawn([...prefix, banger, "helper", "serve", "--record", record], {
    stdio: ["ignore", "ignore", Bun.file(join(root, "log"))],
    env: { PATH: process.env["PATH"] },
  });
  await eventually(() => readFileSync(join(root, "log"), "utf8").includes("serving"), 30_000);
  return child;
}

async function end(child: typeof helper): Promise<number> {
  child.kill("SIGTERM");
  return child.exited;
}

/** Sends lines as that user and returns the answers, a line each. */
async function ask(uid: number, lines: string): Promise<readonly string[]> {
  const inside = asRoot ? [] : ["nsenter", "--target", String(helper.pid), "--user", "--preserve-credentials", "--"];
  const user = ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", "--"];
  const child = Bun.spawn([...inside, ...user, ...askHelper(socket)], {
    cwd: "/",
    stdin: Buffer.from(lines),
    stdout: "pipe",
    stderr: "inherit",
  });
  const text = await new Response(child.stdout).text();
  expect(await child.exited).toBe(0);
  return text.trimEnd().split("\n");
}

const answerOf = (line: string | undefined) =>
  JSON.parse(line ?? "null") as { value?: unknown; error?: { code: string; message: string } };
const status = requestLine("helper.status", null);

test("the owner is answered on a socket that is the owner's alone", async () => {
  const { mode, uid } = statSync(socket);
  expect(mode & 0o777).toBe(0o600);
  if (asRoot) expect(uid).toBe(owner);
  const [line] = await ask(owner, status);
  expect(answerOf(line).value).toMatchObject({ owner, pid: expect.any(Number), version: expect.any(String) });
});

test("the kernel keeps another user out, and where the socket is open to all the helper does", async () => {
  expect(await ask(stranger, status)).toEqual(["connect: Permission denied"]);
  const open = ["chmod", "666", socket];
  const inside = asRoot ? [] : ["nsenter", "--target", String(helper.pid), "--user", "--preserve-credentials", "--"];
  expect(await Bun.spawn([...inside, ...open]).exited).toBe(0);
  const [line] = await ask(stranger, status);
  expect(answerOf(line).error).toEqual({
    code: "PRIVILEGE_REFUSED",
    message: `user ${stranger} is not the owner of this helper`,
  });
  expect(answerOf((await ask(owner, status))[0]).value).toBeDefined();
});

test.each([
  ["an unknown operation", requestLine("shell.run", { argv: ["id"] }), "there is no operation shell.run"],
  ["a name of every object", requestLine("constructor", {}), "there is no operation constructor"],
  [
    "a foreign bridge",
    requestLine("tap.remove", { vm: "0".repeat(16), bridge: "docker0", address: "10.0.0.1" }),
    "tap.remove.bridge",
  ],
  ["a step upwards", requestLine("loop.attach", { role: "cow", vm: "../../../etc/passwd" }), "loop.attach.vm"],
  [
    "a signal outside the list",
    requestLine("jail.signal", { vm: "0".repeat(16), signal: "SEGV" }),
    "jail.signal.signal",
  ],
  ["an argument too many", requestLine("dm.remove", { vm: "0".repeat(16), path: "/dev/sda" }), "dm.remove"],
  ["garbage", "GET / HTTP/1.1\n", "this is no request"],
  ["too much", `${"x".repeat(1 << 20)}\n`, "longer"],
])("%s is refused", async (_, line, word) => {
  const { error } = answerOf((await ask(owner, line))[0]);
  expect(error).toMatchObject({ code: "PRIVILEGE_REFUSED", message: expect.stringContaining(word) });
});

test("who sends nothing, or a little at a time, is cut off; others are served meanwhile", async () => {
  const trickle = async (text: string): Promise<number> => {
    const began = performance.now();
    const closed = Promise.withResolvers<void>();
    const connection = await Bun.connect({
      unix: socket,
      socket: { data: () => {}, close: () => closed.resolve(), error: () => closed.resolve() },
    });
    const timer = setInterval(() => void connection.write(text), 300);
    await closed.promise;
    clearInterval(timer);
    return performance.now() - began;
  };
  const slow = [trickle(""), trickle("x")];
  expect(answerOf((await ask(owner, status.repeat(5))).at(-1)).value).toBeDefined();
  for (const ms of await Promise.all(slow)) {
    expect(ms).toBeGreaterThan(3000);
    expect(ms).toBeLessThan(20_000);
  }
}, 60_000);

test("everything is in its log, with the caller", () => {
  const log = readFileSync(join(root, "log"), "utf8");
  expect(log).toMatch(/^<4>refused user 2 \(pid \d+\)$/m);
  expect(log).toMatch(/^<4>pr-test shell\.run \{"argv":\["id"\]\} \(user 1, pid \d+\): PRIVILEGE_REFUSED/m);
});

test("it ends when it is told to, takes its socket along, and a new one takes over after a kill", async () => {
  helper.kill("SIGKILL");
  await helper.exited;
  writeFileSync(join(root, "log"), "");
  helper = await start();
  expect(answerOf((await ask(owner, status))[0]).value).toBeDefined();
  expect(await end(helper)).toBe(0);
  expect(await Bun.file(socket).exists()).toBe(false);
  writeFileSync(join(root, "log"), "");
  helper = await start();
}, 60_000);

test.each([
  ["writable by others", () => chmodSync(record, 0o666), "everybody may write to it"],
  ["not there", () => rmSync(record), "there is no"],
])("it does not serve by a record that is %s", async (_, change, word) => {
  const text = readFileSync(record);
  change();
  try {
    const prefix = asRoot ? [] : ["unshare", "--user", "--map-root-user", "--map-auto", "--"];
    const child = Bun.spawn([...prefix, banger, "helper", "serve", "--record", record], { stderr: "pipe" });
    expect(await new Response(child.stderr).text()).toContain(word);
    expect(await child.exited).toBe(1);
  } finally {
    writeFileSync(record, text);
    chmodSync(record, 0o644);
  }
});
