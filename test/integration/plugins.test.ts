import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, chownSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { plainPlugin, pluginDir, writePlugin, writePluginFolder } from "../helpers/plugins.ts";
import { World } from "../helpers/world.ts";

/** The compiled program with plugins, as far as no guest is needed: everything that is refused is refused before there is a VM. */
let world: World;

beforeAll(async () => void (world = await World.create({ images: false })));
afterAll(() => world.destroy());
beforeEach(async () => {
  await world.run(["daemon", "stop"]);
  rmSync(pluginDir(world), { recursive: true, force: true });
  world.configure("");
});

/** What a command that fails says. */
async function complaint(...args: string[]): Promise<string> {
  const { code, stderr } = await world.run(args);
  expect(code).not.toBe(0);
  return stderr;
}

const config = (): string => readFileSync(join(world.root, "config/banger/config.toml"), "utf8");
/** What whoever makes a VM is told. */
const atRun = (...flags: string[]): Promise<string> => complaint("vm", "run", ...flags, "--", "true");

describe("refused with a reason of its own", () => {
  test("one that is not enabled", async () => {
    writePlugin(world, "hello", undefined, { flags: { word: { type: "string", help: "w", key: "word" } } });
    expect(await atRun("--word", "hi")).toContain("unknown flag --word");
    world.configure("[capabilities.hello]\nword = 'hi'\n");
    expect(await complaint("daemon", "start")).toContain(
      "capabilities.hello: the plugin hello is refused: it is not enabled (look at it, then: banger plugin enable hello)",
    );
  });

  test("one whose files have changed", async () => {
    const path = writePlugin(world, "hello");
    await world.ok("plugin", "enable", "hello");
    writeFileSync(path, `${plainPlugin()}// more\n`);
    const told = await atRun();
    expect(told).toContain("the plugin hello is refused: its files have changed since it was enabled");
    expect(told).toContain("look at what changed, then: banger plugin enable hello");
    await world.ok("plugin", "enable", "hello");
    expect(await atRun("--image", "no-such")).toContain("there is no image called no-such");
  });

  test("one whose manifest has changed: its flags are not taken either", async () => {
    writePlugin(world, "hello");
    await world.ok("plugin", "enable", "hello");
    writePlugin(world, "hello", undefined, { flags: { word: { type: "string", help: "w", key: "word" } } });
    expect(await world.ok("vm", "run", "--help")).not.toContain("--word");
    expect(await atRun()).toContain("its files have changed since it was enabled");
  });

  test("one that others can write to", async () => {
    const path = writePlugin(world, "hello");
    await world.ok("plugin", "enable", "hello");
    chmodSync(path, 0o620);
    expect(await atRun()).toContain(`the plugin hello is refused: others can write to ${path}`);
    chmodSync(path, 0o600);
    chmodSync(pluginDir(world), 0o777);
    expect(await complaint("plugin", "enable", "hello")).toContain(`others can write to ${pluginDir(world)}`);
  });

  test("one of another user", async () => {
    const path = writePlugin(world, "hello");
    chownSync(path, 61_183, 61_183);
    expect(await complaint("plugin", "enable", "hello")).toContain(`${path} belongs to user 61183, not to you`);
  });

  test("one with a link that leads out, or that is a link itself", async () => {
    const folder = writePluginFolder(world, "hello", { "index.ts": plainPlugin(), "lib/a.ts": "" });
    symlinkSync("lib/a.ts", join(folder, "inside.ts"));
    await world.ok("plugin", "enable", "hello");
    symlinkSync("/etc/hostname", join(folder, "out"));
    expect(await complaint("plugin", "enable", "hello")).toContain(`the link ${folder}/out leads out of it`);
    symlinkSync("/etc", join(pluginDir(world), "etc"));
    expect(await complaint("plugin", "enable", "etc")).toContain(`the link ${pluginDir(world)}/etc leads out of it`);
  });

  test("one for another version of the interface", async () => {
    writePlugin(world, "hello", undefined, { api: "^7.0.0" });
    expect(await complaint("plugin", "enable", "hello")).toContain(
      "it is made for version ^7.0.0 of the plugin interface, and this banger has 0.1.0",
    );
    writePlugin(world, "hello", undefined, { api: "any" });
    expect(await complaint("plugin", "enable", "hello")).toContain("api: must be a semver range like ^0.1.0");
  });

  test("one whose name is taken", async () => {
    writePlugin(world, "dns");
    expect(await complaint("plugin", "enable", "dns")).toContain("a capability that is built in has its name");
    writePlugin(world, "hello");
    writePluginFolder(world, "hello", { "index.ts": plainPlugin() });
    expect(await complaint("plugin", "enable", "hello")).toContain("two plugins have this name");
    writePlugin(world, "one", undefined, { name: "two" });
    expect(await complaint("plugin", "enable", "one")).toContain("its manifest has another name, two");
  });

  test("one whose flag is taken", async () => {
    const flags = (name: string) => ({ flags: { [name]: { type: "string", help: "w", key: "word" } } });
    writePlugin(world, "hello", undefined, flags("memory"));
    expect(await complaint("plugin", "enable", "hello")).toContain("its flag --memory is one of banger's own");
    writePlugin(world, "hello", undefined, flags("word"));
    writePlugin(world, "other", undefined, flags("word"));
    await world.ok("plugin", "enable", "hello");
    expect(await complaint("plugin", "enable", "other")).toContain("the plugin hello has its flag --word already");
  });

  test("one whose import throws", async () => {
    writePlugin(world, "hello", "throw new Error('not today');");
    await world.ok("plugin", "enable", "hello");
    expect(await atRun()).toContain("the plugin hello is refused: its import failed: not today");
  });

  test("one whose import hangs", async () => {
    writePlugin(world, "hello", "for (;;) {}");
    await world.ok("plugin", "enable", "hello");
    expect(await atRun()).toContain("the plugin hello did not finish its import within 10 s");
  });

  test("one that is no capability", async () => {
    for (const [code, told] of [
      ["export default 7;", "its default export is no capability"],
      [plainPlugin("stages: { boot: async () => {} }, undo: {},"), "there is no stage boot"],
      [plainPlugin("stages: {},"), "it has no undo"],
      [plainPlugin("api: '^9.0.0', stages: {}, undo: {},"), "its code has another api than its manifest"],
      ["export default { config: {}, stages: {}, undo: {} };", "its config is no schema"],
      ["import 'no-such-package';", "no-such-package"],
    ] as const) {
      writePlugin(world, "hello", code);
      expect(await complaint("plugin", "check", "hello")).toContain(told);
    }
  });

  test("one that requires what is not enabled", async () => {
    writePlugin(world, "hello", undefined, { requires: ["vpn"] });
    expect(await complaint("plugin", "enable", "hello")).toContain("hello requires vpn, which is not enabled");
    writePlugin(world, "vpn");
    await world.ok("plugin", "enable", "vpn");
    await world.ok("plugin", "enable", "hello");
    await world.ok("plugin", "disable", "vpn");
    expect(await atRun()).toContain("the capability hello requires vpn, which is not enabled");
  });

  test("one that makes a circle", async () => {
    writePlugin(world, "one", undefined, { after: ["two"] });
    writePlugin(world, "two", undefined, { after: ["one"] });
    await world.ok("plugin", "enable", "one");
    expect(await complaint("plugin", "enable", "two")).toMatch(
      /the capabilities' order is a circle: \w+ after \w+ after/,
    );
  });

  test("one that is enabled and gone", async () => {
    const path = writePlugin(world, "hello");
    await world.ok("plugin", "enable", "hello");
    unlinkSync(path);
    expect(await atRun()).toContain(`there is no plugin called hello in ${pluginDir(world)}`);
    await world.ok("plugin", "disable", "hello");
    expect(await atRun("--image", "no-such")).toContain("there is no image called no-such");
  });
});

describe("what a process of a plugin does to itself", () => {
  test.each([
    ["exits", "process.exit(0);", "the plugin hello ended (status 0)"],
    [
      "dies of a signal",
      "process.kill(process.pid, 'SIGSEGV'); await new Promise(() => {});",
      "the plugin hello ended (SIG",
    ],
    ["takes 8 GiB", "for (const all = []; ;) all.push(Buffer.alloc(2 ** 30, 1));", "its import failed: Out of memory"],
    ["leaks", "for (const all = []; ;) all.push({ a: [1, 2, 3] });", "the plugin hello "],
  ])("one that %s at its import is refused alone", async (_, code, told) => {
    writePlugin(world, "hello", code);
    await world.ok("plugin", "enable", "hello");
    expect(await atRun()).toContain(told);
    await world.ok("plugin", "disable", "hello");
    expect(await atRun("--image", "no-such")).toContain("there is no image called no-such");
  });
});

test("list says what there is, with a reason for what is refused", async () => {
  expect(await world.ok("plugin", "list")).toBe("No plugins. Make one: banger plugin new NAME");
  writePlugin(world, "hello", undefined, { summary: "greets" });
  writePlugin(world, "other", "for (;;) {}");
  writePlugin(world, "dns");
  await world.ok("plugin", "enable", "hello");
  expect((await world.ok("plugin", "list")).split("\n")).toEqual([
    "NAME   STATE        API",
    "dns    refused      -       a capability that is built in has its name",
    "hello  enabled      ^0.1.0  greets",
    "other  not enabled  ^0.1.0",
  ]);
  expect(await world.json<object[]>("plugin", "list")).toMatchObject([
    { name: "dns", enabled: false, problem: "a capability that is built in has its name" },
    { name: "hello", enabled: true, problem: null, digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
    { name: "other", enabled: false, problem: null },
  ]);
});

test("enable shows what it asks for and pins it; disable takes exactly that back", async () => {
  world.configure("# mine\n[vm_defaults]\nvcpu = 1 # one\n\n");
  const before = config();
  const flags = { word: { type: "string", help: "The word", key: "word" } };
  writePlugin(world, "hello", undefined, { summary: "greets", flags, privileged: ["nat.add"] });
  const shown = await world.ok("plugin", "enable", "hello");
  expect(shown).toMatch(/^privileged\s+nat\.add$/m);
  expect(shown).toMatch(/^flag\s+--word {2}The word$/m);
  expect(config()).toStartWith(before);
  expect(config()).toContain('[plugins.hello]\ndigest = "sha256:');
  expect(await world.ok("vm", "run", "--help")).toMatch(/--word TEXT\s+The word/);
  expect(await world.ok("__complete", "--", "vm", "run", "--wo")).toContain("--word");
  await world.ok("plugin", "disable", "hello");
  expect(config()).toBe(before);
  expect(await complaint("plugin", "disable", "hello")).toContain("no plugin called hello is enabled");
});

test("a bad value is told with its line, or with its flag, before there is a VM", async () => {
  const flags = { word: { type: "string", help: "The word", key: "word" } };
  writePlugin(world, "hello", undefined, { flags });
  world.configure("[capabilities.hello]\nword = 'x'\nworld = 1\n");
  await world.ok("plugin", "check", "hello").catch(() => "");
  await world.ok("plugin", "enable", "hello");
  const told = await atRun();
  expect(told).toContain("the configuration of capability/hello is not valid");
  expect(told).toMatch(/capabilities\.hello\.word: .*\(config\.toml:2\)/);
  expect(await atRun("--word", "y")).toMatch(/--word: Too small/);
  expect(await complaint("plugin", "check", "hello")).toContain("(config.toml:2)");
});

test("check loads it, and what it prints comes on stderr", async () => {
  writePlugin(world, "hello", `console.log("noise");${plainPlugin()}`);
  const { code, stdout, stderr } = await world.run(["plugin", "check", "hello"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "noise\n" });
  expect(stdout).toContain("settings  enabled, word, mode\nhello can be loaded.\n");
  expect(await world.json("plugin", "check", "hello")).toMatchObject({ name: "hello", stages: [] });
});

test("new makes one that can be loaded and enabled", async () => {
  await world.ok("plugin", "new", "mine");
  expect(await complaint("plugin", "new", "mine")).toContain("there is a plugin called mine already");
  expect(await complaint("plugin", "new", "../x")).toContain('"../x" is no name for a plugin');
  expect(await complaint("plugin", "new", "dns")).toContain("a capability that is built in is called dns");
  await world.ok("plugin", "check", "mine");
  await world.ok("plugin", "enable", "mine");
  expect(await world.ok("vm", "run", "--help")).toContain("--mine-word WORD");
});

test("a folder has what it imports from its own node_modules", async () => {
  writePluginFolder(world, "hello", {
    "index.ts": `import { word } from "dep"; import "./lib.ts"; if (word !== "dep") throw new Error(word);${plainPlugin()}`,
    "lib.ts": "export {};",
    "node_modules/dep/package.json": JSON.stringify({ name: "dep", exports: { ".": "./main.mjs" } }),
    "node_modules/dep/main.mjs": "export const word = 'dep';",
  });
  expect(await world.ok("plugin", "check", "hello")).toContain("hello can be loaded.");
});
