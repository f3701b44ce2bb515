import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import everything from "../fixtures/everything.ts";
import { bangerWith } from "../helpers/banger-with.ts";
import { oneError } from "../helpers/error-lines.ts";
import { eventually } from "../helpers/eventually.ts";
import { writePlugin } from "../helpers/plugins.ts";
import { World } from "../helpers/world.ts";

const source = join(import.meta.dir, "../fixtures/everything.ts");
const folder = mkdtempSync("/tmp/bw-");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let world: World;

/** The same capability, in the daemon's own process and in one of its own. */
const ways: Readonly<Record<string, () => Promise<void>>> = {
  async "built in"() {
    world = await World.create({ program: await bangerWith(source, folder) });
  },
  async "as a plugin"() {
    world = await World.create();
    const { flags, after, requires } = everything;
    writePlugin(world, "everything", readFileSync(source, "utf8"), { flags, after, requires, default: "off" });
    await world.ok("plugin", "enable", "everything");
    pins = readFileSync(join(world.root, "config/banger/config.toml"), "utf8");
  },
};
/** What stands in config.toml besides what a scenario says. */
let pins = "";
const configure = (toml: string): void => world.configure(`${toml}\n${pins}`);

const small = ["--memory", "256M", "--disk-size", "1G", "-q"];
const note = (): string => join(world.root, "state/everything.note");
const noted = (): string => readFileSync(note(), "utf8");
const guest = (command: string): Promise<string> => world.ok("vm", "exec", "box", "--", "sh", "-c", command);

describe.each(Object.entries(ways))("%s", (_, begin) => {
  beforeAll(begin);
  afterAll(() => world.destroy());

  describe("before any VM", () => {
    test("its flags are in the help and the completion of run, create and set", async () => {
      for (const verb of ["run", "create", "set"]) {
        const help = await world.ok("vm", verb, "--help");
        expect(help).toMatch(/--\[no-\]everything +Give the VM everything/);
        expect(help).toMatch(/--greeting TEXT +What the guest finds/);
        expect(await world.ok("__complete", "--", "vm", verb, "--gre")).toContain("--greeting");
      }
      expect(await world.ok("vm", "start", "--help")).not.toContain("--greeting");
    });

    test("its section is in config schema and config show; errors have its name and line", async () => {
      const { properties } = await world.json<{ properties: Record<string, never> }>("config", "schema");
      expect(properties["capabilities"]).toMatchObject({
        properties: { everything: { properties: { greeting: { type: "string", default: "hello" } } } },
      });
      configure('[capabilities.everything]\ngreeting = "HI"\ngreting = "x"\n');
      const { sentence, help } = oneError((await world.run(["config", "show"])).stderr);
      expect(sentence).toContain("2 errors");
      expect(help).toContain(
        'capabilities.everything.greeting: must be 1 to 20 of a-z and spaces, got "HI" (config.toml:2)',
      );
      expect(help).toContain("capabilities.everything.greting: unknown key, did you mean greeting? (config.toml:3)");
      configure('[capabilities.everything]\ngreeting = "hello you"\n');
      expect(await world.ok("config", "show")).toContain(
        '[capabilities.everything]\nenabled = false\ngreeting = "hello you"',
      );
    });

    test("its row is in the doctor's report while it is turned on", async () => {
      const row = async () => {
        const { stdout } = await world.run(["doctor", "--json"]);
        return (JSON.parse(stdout) as { rows: { row: string }[] }).rows.find(({ row }) => row === "everything");
      };
      expect(await row()).toMatchObject({
        status: "pass",
        message: expect.stringMatching(/^(turned off|ready for VMs that ask for it)$/),
      });
      configure('[capabilities.everything]\nenabled = true\ngreeting = "hi"\n');
      expect(await row()).toMatchObject({
        status: "warn",
        message: "says hi",
        detail: ["as it was told"],
        fix: ["true"],
      });
      configure("");
    });

    test("a flag that it does not take is refused by the flag's name, and nothing exists", async () => {
      for (const verb of ["run", "create"]) {
        const { code, stderr } = await world.run(["vm", verb, "--everything", "--greeting", "NO"]);
        expect(stderr).toContain("--greeting: must be 1 to 20 of a-z and spaces (capability/everything)");
        expect(code).toBe(2);
      }
      expect(await world.json<unknown[]>("vm", "list")).toEqual([]);
    });
  });

  describe("a VM that has it", () => {
    test("starts, and its event is shown", async () => {
      const flags = ["--everything", "--greeting", "hello you", "--memory", "256M", "--disk-size", "1G"];
      const { code, stderr } = await world.run(["vm", "create", "--name", "box", ...flags]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("everything for box") });
      expect(noted()).toBe("box\nnics user,second\ninit true\n");
    });

    test("finds a disk, a NIC, a kernel argument, files, variables, and what a command has left", async () => {
      expect(await guest("findmnt -no FSTYPE,OPTIONS /everything")).toMatch(/^ext4 +rw,noatime/);
      expect(
        await guest("ip -o addr show dev $(basename $(dirname $(grep -l 02:ee:00:00:00:01 /sys/class/net/*/address)))"),
      ).toMatch(/inet 10\.9\.9\.9\/24 /);
      expect(await guest("grep -l '^1400$' /sys/class/net/*/mtu | wc -l")).toBe("1");
      expect(await guest("cat /proc/cmdline")).toContain(" everything.greeting=hello_you");
      expect(await guest("stat -c '%a %u %g' /etc/everything/greeting; cat /etc/everything/greeting")).toBe(
        "640 7 8\nhello you",
      );
      expect(await guest("echo $GREETING")).toBe("hello you");
      expect(await guest("cat /everything/length")).toBe("27");
    });

    test("its secret is in the guest's memory and in the commands that are chosen, in no file and no log of the host", async () => {
      const { id } = await world.json<{ id: string }>("vm", "show", "box");
      const secret = `top-secret-${id}`;
      expect(await guest("stat -c '%a %u %g' /run/everything/secret; stat -fc %T /run/everything")).toBe(
        "400 7 8\ntmpfs",
      );
      expect(await guest("cat /run/everything/secret")).toBe(secret);
      expect(await world.ok("vm", "exec", "box", "--", "printenv", "SECRET", "GREETING")).toBe(
        `${secret}\nfor a command`,
      );
      expect(await world.ok("vm", "exec", "-e", "GREETING=mine", "box", "--", "printenv", "GREETING")).toBe("mine");
      expect((await world.run(["vm", "exec", "box", "--", "sh", "-c", "printenv SECRET"])).code).toBe(1);
      await guest("sync");
      // The search does find what is there: the greeting is in the disk and the boot configuration.
      const texts = ["-e", secret, "-e", "hello you"];
      const search = [
        "grep",
        "-raoF",
        "--exclude-dir=images",
        "--exclude-dir=kernels",
        "-D",
        "skip",
        ...texts,
        world.root,
      ];
      const found = await new Response(Bun.spawn(search).stdout).text();
      expect(found).toMatch(/initrd:hello you/);
      expect(found).not.toContain(secret);
    });

    test("has a section in vm show and figures in vm stats, beside the VMM's", async () => {
      const shown = await world.json("vm", "show", "box");
      expect(shown).toMatchObject({ capabilities: { everything: { greeting: "hello you" } }, problems: [] });
      expect(await world.ok("vm", "show", "box")).toMatch(/\n\neverything\n {2}greeting {2}hello you\n {2}note {6}\//);
      const [stats] = await world.json<Record<string, unknown>[]>("vm", "stats", "box");
      expect(stats).toMatchObject({
        vmm: { status: "running", drives: { everything: { writtenBytes: expect.any(Number) } } },
        capabilities: { everything: { processes: expect.any(Number) } },
        problems: [],
      });
      expect(await world.ok("vm", "stats")).toMatch(/\n\nbox everything\n {2}processes {2}\d+$/);
    });

    test("follows a change of its settings; one that it refuses changes nothing and has its name", async () => {
      await world.ok("vm", "set", "-q", "box", "--greeting", "good day");
      expect(noted()).toEndWith("hello you becomes good day\n");
      const { code, stderr } = await world.run([
        "vm",
        "set",
        "-q",
        "box",
        "--greeting",
        "other",
        "--fail-at",
        "change",
      ]);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringContaining("capability/everything failed at onConfigChange: no change today"),
      });
      expect(await world.json("vm", "show", "box")).toMatchObject({
        capabilities: { everything: { greeting: "good day" } },
      });
    });

    test("is told of again after the daemon's death", async () => {
      process.kill(await world.daemonPid(), "SIGKILL");
      expect(await guest("echo $GREETING")).toBe("hello you");
      await eventually(() => noted().endsWith("taken over, guest there\n"));
    });

    test("ends when it asks for it, for the reason that it gives; its effects of the run are undone", async () => {
      await world.ok("vm", "set", "-q", "box", "--greeting", "goodbye");
      const state = async () => world.json<{ state: string; stateReason: string }>("vm", "show", "box");
      while ((await state()).state !== "stopped") await Bun.sleep(100);
      expect((await state()).stateReason).toStartWith("capability/everything: it said goodbye");
      expect(existsSync(note())).toBe(false);
      expect(world.rows("select undo from journal where participant = 'capability/everything'")).toEqual([
        { undo: "remove" },
      ]);
      await world.ok("vm", "delete", "-q", "-f", "box");
      expect(world.rows("select * from journal")).toEqual([]);
    });
  });

  describe("a VM whose capability fails", () => {
    const failing: readonly (readonly [string, string])[] = [
      ["preflight", "capability/everything failed at preflight: "],
      ["prepareHost", "capability/everything failed at prepareHost: odd lacks a tool"],
      ["guestConfig", "capability/everything failed at guestConfig: "],
      ["start", "capability/everything failed at start: "],
      ["ready", "capability/everything failed at ready: odd lacks a tool"],
      ["command", "capability/everything failed at its command sh -c echo not today >&2; exit 3: it exited 3"],
      [
        "files",
        "capability/everything gives contributions at guestConfig that cannot be used: files[0].path: must be absolute",
      ],
      ["hosts", "files[0].path: is banger's own"],
      ["kernel", "kernelArgs[0]: is banger's own"],
      ["odd", 'Unrecognized key: "anything"'],
    ];
    test.each(failing)("at %s says so by its name, and nothing is left", async (where, message) => {
      const { code, stderr } = await world.run([
        "vm",
        "create",
        ...small,
        "--name",
        "odd",
        "--everything",
        "--fail-at",
        where,
      ]);
      expect(code).toBe(1);
      const { sentence, help } = oneError(stderr);
      expect(sentence).toContain("capability/everything");
      expect(sentence).toContain(message);
      expect(help).toContain("what was set up for odd has been undone");
      if (where === "command") expect(help).toContain("not today");
      if (where === "ready") expect(help).toContain("install it");
      expect(await world.json<unknown[]>("vm", "list")).toEqual([]);
      expect(world.rows("select * from journal")).toEqual([]);
      expect(existsSync(note())).toBe(false);
    });

    test("the daemon killed at its effect undoes it in the next", async () => {
      await world.run(["daemon", "stop"]);
      await world.run(["daemon", "start"], { env: { BANGER_CRASH_AT: "done:capability/everything.remove:2" } });
      expect((await world.run(["vm", "create", ...small, "--name", "odd", "--everything"])).code).toBe(1);
      await world.ok("daemon", "start");
      expect(existsSync(note())).toBe(false);
      expect(await world.json<unknown[]>("vm", "list")).toMatchObject([{ name: "odd", state: "created" }]);
      await world.ok("vm", "delete", "-q", "-f", "odd");
    });
  });
});
