import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { oneError } from "../helpers/error-lines.ts";
import { eventually } from "../helpers/eventually.ts";
import { processesOf } from "../helpers/inventory.ts";
import { pluginDir, writePlugin } from "../helpers/plugins.ts";
import { World, type Finished } from "../helpers/world.ts";

/** Real guests with a plugin that misbehaves where it is told to, beside one that does not use it and must notice nothing. */
let world: World;
let daemon: number;
let bootId: string;
/** Waits for a whole time limit while the others are tried. */
let late: Promise<Finished>;
const code = readFileSync(join(import.meta.dir, "../fixtures/faulty.ts"), "utf8");
const manifest = (flag: string) => ({
  default: "off",
  flags: { [flag]: { type: "string", help: "Where it does what", key: "fault", valueName: "PLACE" } },
});
const small = ["--memory", "256M", "--disk-size", "1G", "-q"];
const note = (): string => join(world.root, "state/faulty.note");
const again = (): string => join(world.root, "state/faulty.again");

beforeAll(async () => {
  world = await World.create();
  writePlugin(world, "faulty", code, manifest("fault"));
  writePlugin(world, "late", code, manifest("late"));
  for (const name of ["faulty", "late"]) await world.ok("plugin", "enable", name);
  await world.ok("vm", "create", ...small, "--name", "calm");
  daemon = await world.daemonPid();
  bootId = await world.ok("vm", "exec", "calm", "--", "cat", "/proc/sys/kernel/random/boot_id");
  late = world.run(["vm", "create", ...small, "--name", "late", "--late", "preflight:waits"]);
  late.catch(() => {});
});
afterAll(async () => {
  rmSync(again(), { force: true });
  await world.destroy();
});

/** The daemon is the same, and so is the guest of somebody else. */
async function expectCalm(): Promise<void> {
  expect(await world.daemonPid()).toBe(daemon);
  expect(await world.ok("vm", "exec", "calm", "--", "cat", "/proc/sys/kernel/random/boot_id")).toBe(bootId);
}

const pluginProcesses = async (): Promise<readonly number[]> =>
  (await processesOf(world.root)).filter(({ command }) => / plugin run faulty\b/.test(command)).map(({ pid }) => pid);

const faults = {
  throws: /not today$/,
  exits: /ended \(status 0\)$/,
  dies: /ended \(SIGSEGV\)$/,
  hogs: /Out of memory$/,
  leaks: /the plugin faulty ended \(SIG|Out of memory/,
  loops: /has not answered for 10 s$/,
} as const;

describe.each(["preflight", "prepareHost", "apply", "guestConfig", "start", "ready"])("at %s", (place) => {
  test.each(Object.entries(faults))("one that %s fails its own VM and nothing else", async (what, told) => {
    const { code, stderr } = await world.run([
      "vm",
      "create",
      ...small,
      "--name",
      "odd",
      "--fault",
      `${place}:${what}`,
    ]);
    expect(code).toBe(1);
    const { sentence, help } = oneError(stderr);
    const stage = place === "apply" ? "prepareHost" : place;
    expect(sentence).toContain(`capability/faulty failed at ${stage}: `);
    expect(sentence).toMatch(told);
    expect(help).toContain("what was set up for odd has been undone");
    expect(existsSync(note())).toBe(false);
    expect(world.rows("select * from journal where participant = 'capability/faulty'")).toEqual([]);
    await expectCalm();
  });
});

test("one that gives nonsense, or never comes back, is told of by its name", async () => {
  const told = async (fault: string): Promise<string> =>
    (await world.run(["vm", "create", ...small, "--name", "odd", "--fault", fault])).stderr;
  expect(await told("guestConfig:babbles")).toContain(
    "capability/faulty gives contributions at guestConfig that cannot be used",
  );
  expect((await late).stderr).toContain("the plugin late did not finish within 60 s");
  await expectCalm();
});

describe("a VM that has it", () => {
  beforeAll(async () => {
    await world.ok("vm", "create", ...small, "--name", "odd", "--fault", "none");
  });

  test.each([
    ["show", ["vm", "show", "odd"], 0],
    ["stats", ["vm", "stats", "odd"], 0],
    ["command", ["vm", "exec", "odd", "--", "true"], 125],
  ] as const)("whose %s ends the process is told of by name, and runs on", async (place, command, code) => {
    const fault = `${place}:exits`;
    await world.ok("vm", "set", "-q", "odd", "--fault", fault);
    const finished = await world.run(command);
    expect(finished.code).toBe(code);
    expect(finished.stdout + finished.stderr).toContain("the plugin faulty ended (status 0)");
    await world.ok("vm", "set", "-q", "odd", "--fault", "none");
    expect(await world.ok("vm", "exec", "odd", "--", "printenv", "FAULTY")).toBe("yes");
    await expectCalm();
  });

  test("whose change of settings fails has changed nothing", async () => {
    const { stderr } = await world.run(["vm", "set", "-q", "odd", "--fault", "change:dies"]);
    expect(stderr).toContain("capability/faulty failed at onConfigChange: the plugin faulty ended (SIG");
    expect(await world.ok("vm", "exec", "odd", "--", "printenv", "FAULTY")).toBe("yes");
    await expectCalm();
  });

  test("is told of again in a new process after a crash", async () => {
    rmSync(again(), { force: true });
    const [pid] = await pluginProcesses();
    // The daemon starts one that ends often only when it is needed.
    await Bun.sleep(30_000);
    process.kill(pid!, "SIGSEGV");
    await eventually(() => existsSync(again()));
    expect(await pluginProcesses()).toHaveLength(1);
    expect(await pluginProcesses()).not.toContain(pid!);
    await expectCalm();
  });

  test("its process goes with the daemon, whichever way that goes; the VM is taken over", async () => {
    rmSync(again(), { force: true });
    const [pid] = await pluginProcesses();
    process.kill(daemon, "SIGKILL");
    await eventually(async () => !(await pluginProcesses()).includes(pid!));
    await world.ok("daemon", "start");
    daemon = await world.daemonPid();
    await eventually(() => existsSync(again()), 20_000);
    rmSync(again());
    await expectCalm();
  });

  test("keeps what the plugin has set up when that is disabled, until it is enabled again", async () => {
    const { stderr } = await world.run(["plugin", "disable", "faulty"]);
    expect(stderr).toContain("odd: what faulty has set up stays until it is enabled again, or: banger plugin forget");
    const stopped = await world.run(["vm", "stop", "-q", "odd"]);
    expect(stopped.stderr).toContain("capability/faulty could not undo remove");
    expect((await world.run(["doctor"])).stdout).toMatch(
      /warn {2}faulty +is not enabled, and what it has set up is still there: odd\n.*plugin enable faulty.*\n.*plugin forget faulty/,
    );
    expect(existsSync(note())).toBe(true);
    expect((await world.run(["vm", "start", "-q", "odd"])).stderr).toContain(
      "the plugin faulty is refused: it is not enabled",
    );
    await world.ok("plugin", "enable", "faulty");
    await world.ok("vm", "start", "-q", "odd");
    await world.ok("vm", "stop", "-q", "odd");
    expect(existsSync(note())).toBe(false);
    await expectCalm();
  });

  test("is rid of what the plugin has set up when that is forgotten", async () => {
    await world.ok("vm", "start", "-q", "odd");
    expect((await world.run(["plugin", "forget", "-f", "faulty"])).stderr).toContain(
      "the plugin faulty is enabled, and undoes what it has set up itself",
    );
    await world.ok("plugin", "disable", "faulty");
    rmSync(join(pluginDir(world), "faulty.ts"));
    expect((await world.run(["vm", "stop", "-q", "odd"])).code).toBe(1);
    expect(await world.ok("plugin", "forget", "-f", "faulty")).toBe("Forgotten for odd.");
    expect((await world.run(["vm", "start", "-q", "odd"])).stderr).toContain("there is no capability called");
    await world.ok("vm", "delete", "-q", "-f", "odd");
    expect(existsSync(note())).toBe(true);
    rmSync(note());
    writePlugin(world, "faulty", code, manifest("fault"));
    await world.ok("plugin", "enable", "faulty");
    await expectCalm();
  });
});

test.each(["undo", "cleanup"])(
  "one whose %s ends the process is told of, and its VM goes when it has been mended",
  async (place) => {
    await world.ok("vm", "create", ...small, "--name", "odd", "--fault", `${place}:exits`);
    const { code: failed, stderr } = await world.run(["vm", "stop", "-q", "odd"]);
    expect(failed).toBe(1);
    expect(stderr).toContain("the plugin faulty ended (status 0)");
    await expectCalm();
    writePlugin(world, "faulty", code.replaceAll(/await act\("(undo|cleanup)".*/g, ""), manifest("fault"));
    await world.ok("plugin", "enable", "faulty");
    await world.ok("vm", "delete", "-q", "-f", "odd");
    expect(existsSync(note())).toBe(false);
    expect(world.rows("select * from journal where participant = 'capability/faulty'")).toEqual([]);
    writePlugin(world, "faulty", code, manifest("fault"));
    await world.ok("plugin", "enable", "faulty");
  },
);

test("the daemon killed at its effect: the next one undoes it", async () => {
  for (const at of ["record", "done"]) {
    await world.run(["daemon", "stop"]);
    await world.run(["daemon", "start"], { env: { BANGER_CRASH_AT: `${at}:capability/faulty.remove:1` } });
    expect((await world.run(["vm", "create", ...small, "--name", "odd", "--fault", "none"])).code).toBe(1);
    expect(existsSync(note())).toBe(at === "done");
    await world.ok("daemon", "start");
    expect(existsSync(note())).toBe(false);
    await world.ok("vm", "delete", "-q", "-f", "odd");
  }
  daemon = await world.daemonPid();
  await expectCalm();
});

test("it may ask for the privileged operations that its manifest lists, and for no others", async () => {
  const asking = `import { defineCapability, z } from "banger/plugin";
export default defineCapability({
  config: z.strictObject({ enabled: z.boolean().optional() }),
  stages: { async preflight({ privileged, vm }) { await privileged("nat.add", { vm: "not an id" }); } },
  undo: {},
});`;
  const told = async (privileged: readonly string[]): Promise<string> => {
    writePlugin(world, "asking", asking, { privileged });
    await world.ok("plugin", "enable", "asking");
    return (await world.run(["vm", "create", ...small, "--name", "odd"])).stderr;
  };
  expect(await told(["nat.remove"])).toContain(
    "the plugin asking asks for the privileged operation nat.add, which its manifest does not list",
  );
  // Root's own check of the arguments, where there is root.
  expect(await told(["nat.add"])).toMatch(/nat\.add\.vm: |nat\.add needs root/);
  await world.ok("plugin", "disable", "asking");
});
