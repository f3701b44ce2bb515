import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { oneError } from "../helpers/error-lines.ts";
import { enableExample } from "../helpers/example-plugin.ts";
import { World } from "../helpers/world.ts";

/** examples/plugins/secrets, with a program in place of a password manager. */
let world: World;
beforeAll(async () => {
  world = await World.create();
  // What it says is put together when it is asked, so that no file has it.
  writeFileSync(join(world.root, "home/pass"), "#!/bin/sh\nprintf 'se%s-of-%s\\n' cret \"$1\"\nexit ${2:-0}\n", {
    mode: 0o700,
  });
  const pass = (name: string, ...more: string[]): string =>
    `${name} = ${JSON.stringify([join(world.root, "home/pass"), name, ...more])}\n`;
  world.configure(
    `[capabilities.secrets]\ncommands = ["printenv"]\n[capabilities.secrets.from]\n` +
      pass("TOKEN") +
      pass("OTHER") +
      pass("LOCKED", "7"),
  );
  await enableExample(world, "secrets");
});
afterAll(() => world.destroy());

const small = ["--memory", "256M", "--disk-size", "1G", "-q"];
const guest = (command: string): Promise<string> => world.ok("vm", "exec", "box", "--", "sh", "-c", command);
const textOf = (name: string): string => ["secret", "of", name].join("-");

test("a secret that is not there is refused before the VM exists", async () => {
  const { code, stderr } = await world.run(["vm", "create", ...small, "--secrets", "TOKEN,TOKN"]);
  expect(stderr).toContain("--secrets: there is no secret called TOKN; there is TOKEN, OTHER, LOCKED");
  expect(code).toBe(2);
});

test("one that the program does not give fails the start, and what was printed is not shown", async () => {
  const { code, stderr } = await world.run(["vm", "create", ...small, "--name", "box", "--secrets", "LOCKED"]);
  expect(code).toBe(1);
  expect(oneError(stderr).sentence).toMatch(
    /secrets failed at guestConfig: there is no secret LOCKED: .*pass exited 7/,
  );
  expect(stderr).not.toContain(textOf("LOCKED"));
  expect(await world.json<unknown[]>("vm", "list")).toEqual([]);
});

test("those that were asked for are in the guest's memory, for root alone", async () => {
  await world.ok("vm", "create", ...small, "--name", "box", "--secrets", "TOKEN");
  expect(await guest("ls /run/secrets; stat -c '%a %u' /run/secrets/TOKEN; stat -fc %T /run/secrets")).toBe(
    "TOKEN\n400 0\ntmpfs",
  );
  expect(await guest("cat /run/secrets/TOKEN")).toBe(textOf("TOKEN"));
});

test("chosen commands have them as variables, others do not", async () => {
  expect(await world.ok("vm", "exec", "box", "--", "printenv", "TOKEN")).toBe(textOf("TOKEN"));
  expect((await world.run(["vm", "exec", "box", "--", "printenv", "OTHER"])).code).toBe(1);
  expect((await world.run(["vm", "exec", "box", "--", "sh", "-c", "printenv TOKEN"])).code).toBe(1);
});

test("a daemon that comes after one that died asks anew", async () => {
  process.kill(await world.daemonPid(), "SIGKILL");
  expect(await world.ok("vm", "exec", "box", "--", "printenv", "TOKEN")).toBe(textOf("TOKEN"));
});

test("no file and no log of the host has one", async () => {
  await guest("echo a word to be found > /root/note; sync");
  const [secret, word] = [textOf("TOKEN"), "a word to be found"];
  const places = ["--exclude-dir=images", "--exclude-dir=kernels", "-D", "skip"];
  const search = ["grep", "-raoF", ...places, "-e", secret, "-e", textOf("LOCKED"), "-e", word, world.root];
  const found = await new Response(Bun.spawn(search).stdout).text();
  expect(found).toContain(word);
  expect(found).not.toContain("secret-of-");
});
