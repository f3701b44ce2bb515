import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { oneError } from "../helpers/error-lines.ts";
import { World } from "../helpers/world.ts";

let world: World;
beforeAll(async () => {
  world = await World.create();
  await world.ok("vm", "create", "-q", "--name", "box", "--vcpu", "2", "--memory", "700M", "--disk-size", "3G");
});
afterAll(() => world.destroy());

const exec = (script: string) => world.ok("vm", "exec", "box", "--", "sh", "-c", script);
const file = (name: string) => join(world.root, "home", name);

describe("vm cp", () => {
  const bytes = randomBytes((5 << 20) + 3);

  test("in and out: every byte and the mode", async () => {
    writeFileSync(file("in"), bytes);
    chmodSync(file("in"), 0o751);
    await world.ok("vm", "cp", file("in"), "box:/srv/copy");
    expect(await exec("stat -c '%a %s' /srv/copy; sha256sum < /srv/copy")).toBe(
      `751 ${bytes.length}\n${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}  -`,
    );
    await world.ok("vm", "cp", "box:/srv/copy", file("out"));
    expect(Buffer.compare(readFileSync(file("out")), bytes)).toBe(0);
    expect(statSync(file("out")).mode & 0o777).toBe(0o751);
  });

  test("into a directory here it keeps its name; one in the guest is refused", async () => {
    mkdirSync(file("dir"));
    await world.ok("vm", "cp", "box:/etc/hostname", file("dir"));
    expect(readFileSync(join(file("dir"), "hostname"), "utf8")).toBe("box\n");
    await exec("mkdir -p /srv/dir");
    const { code, stderr } = await world.run(["vm", "cp", join(file("dir"), "hostname"), "box:/srv/dir"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^banger: \/srv\/dir: Is a directory/);
    expect(await exec("ls -A /srv/dir")).toBe("");
  });

  test("- is stdin and stdout", async () => {
    expect((await world.run(["vm", "cp", "-", "box:/srv/piped"], { stdin: bytes })).code).toBe(0);
    const { bytes: back, code } = await world.run(["vm", "cp", "box:/srv/piped", "-"]);
    expect(code).toBe(0);
    expect(Buffer.compare(back, bytes)).toBe(0);
  });

  test("what is not there is an error that names it, and what was there stays", async () => {
    writeFileSync(file("kept"), "kept");
    for (const [from, to, named] of [
      [file("missing"), "box:/srv/kept", file("missing")],
      ["box:/srv/missing", file("kept"), "/srv/missing"],
      ["box:/srv/missing", file("new"), "/srv/missing"],
      [file("kept"), "box:/no/such/dir", "/no/such/dir"],
    ] as const) {
      const { code, stderr } = await world.run(["vm", "cp", from, to]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^banger: /);
      expect(stderr).toContain(named);
    }
    expect(readFileSync(file("kept"), "utf8")).toBe("kept");
    expect(existsSync(file("new"))).toBe(false);
    expect(await exec("ls -A /srv")).toBe("copy\ndir\npiped");
    expect(readdirSync(file(".")).sort()).toEqual(["dir", "in", "kept", "out"]);
  });
});

describe("what a VM is", () => {
  test("sizes reach the guest", async () => {
    expect(await exec("nproc")).toBe("2");
    const [kib, bytes] = (
      await exec("awk '/MemTotal/ {print $2}' /proc/meminfo; df -B1 --output=size / | tail -n 1")
    ).split("\n");
    expect(Number(kib)).toBeWithin(600_000, 700 * 1024);
    expect(Number(bytes)).toBeWithin(2.5 * 2 ** 30, 3 * 2 ** 30);
    expect(await world.json("vm", "show", "box")).toMatchObject({ vcpu: 2, memoryMiB: 700, diskBytes: 3 * 2 ** 30 });
  });

  test("a VM has a network, and with --network none no interface", async () => {
    const interfaces = "cd /sys/class/net && echo *";
    expect((await exec(interfaces)).split(" ")).toHaveLength(2);
    const args = ["vm", "run", "--rm", "-q", "--network", "none", "--", "sh", "-c", interfaces];
    const { stdout, code } = await world.run(args);
    expect({ stdout, code }).toEqual({ stdout: "lo\n", code: 0 });
  });

  test("--env and --workdir of a create are every command's", async () => {
    await world.ok("vm", "create", "-q", "--name", "env", "--env", "A=one two", "--workdir", "/srv");
    const { stdout } = await world.run(["vm", "exec", "env", "-e", "B=3", "--", "sh", "-c", 'echo "$A $B $PWD"']);
    expect(stdout).toBe("one two 3 /srv\n");
    await world.ok("vm", "delete", "-f", "env");
  });

  test("exec --user is another user of the guest, and one that is not there is named", async () => {
    expect((await world.run(["vm", "exec", "-u", "nobody", "box", "--", "id", "-un"])).stdout).toBe("nobody\n");
    const { code, stderr } = await world.run(["vm", "exec", "-u", "stranger", "box", "--", "true"]);
    expect(code).toBeGreaterThanOrEqual(125);
    expect(stderr).toContain("stranger");
  });
});

describe("what a VM says", () => {
  test("vm ports shows a server that listens, with its program", async () => {
    const serve = `use IO::Socket::INET; my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1", LocalPort => 7070) or die; $| = 1; print "up\\n"; sleep 600`;
    const server = world.spawn(["vm", "exec", "box", "--", "perl", "-e", serve]);
    await server.stdout.getReader().read();
    const ports = await world.json<{ port: number }[]>("vm", "ports", "box");
    expect(ports).toContainEqual(expect.objectContaining({ port: 7070 }));
    expect(await world.ok("vm", "ports", "box")).toMatch(/7070.*perl/);
    server.kill("SIGTERM");
    expect(await server.exited).toBe(143);
    expect((await world.json<{ port: number }[]>("vm", "ports", "box")).map(({ port }) => port)).not.toContain(7070);
  });

  test("vm stats and vm health have numbers", async () => {
    const [stats] = await world.json<Record<string, number>[]>("vm", "stats", "box");
    expect(stats).toMatchObject({ name: "box", memoryMiB: 700 });
    for (const key of ["uptimeMs", "cpuMs", "memoryPssBytes", "diskUsedBytes"]) expect(stats![key]).toBeGreaterThan(0);
    const health = await world.json<Record<string, number>>("vm", "health", "box");
    for (const key of ["uptimeMs", "memoryTotalBytes", "diskTotalBytes", "processes"])
      expect(health[key]).toBeGreaterThan(0);
  });

  test("vm logs is the VMM's log, --console the guest's; -f goes on until it is told to end", async () => {
    expect((await world.run(["vm", "logs", "box"])).code).toBe(0);
    await exec("echo a line for the console > /dev/console");
    const following = world.spawn(["vm", "logs", "-f", "--console", "box"]);
    const reader = readerOf(following);
    await untilSeen(reader, "a line for the console");
    expect(await world.ok("vm", "logs", "--console", "box")).toContain("a line for the console");
    // A console gets its letters one by one: none may be missed, the last ones either.
    for (const n of [1, 2, 3, 4, 5]) {
      await exec(`echo the line of number ${n} > /dev/console`);
      await untilSeen(reader, `the line of number ${n}`);
    }
    following.kill("SIGINT");
    await following.exited;
  });
});

/** Reads on until the text has come. */
async function untilSeen(reader: ReturnType<typeof readerOf>, text: string): Promise<void> {
  for (let seen = ""; !seen.includes(text);) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the stream ended before ${text}: ${seen}`);
    seen += new TextDecoder().decode(value);
  }
}

const readerOf = (child: ReturnType<World["spawn"]>) => child.stdout.getReader();

describe("--json", () => {
  const vm = {
    id: expect.stringMatching(/^[0-9a-f]{16}$/),
    name: "box",
    state: "running",
    stateReason: "",
    image: "debian-bookworm",
    kernel: "debian-cloud",
    vcpu: 2,
    memoryMiB: 700,
    diskBytes: 3 * 2 ** 30,
    vmm: "qemu",
    network: "user",
    storage: "overlay",
    pid: expect.any(Number),
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  };
  const image = {
    name: "debian-bookworm",
    local: true,
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    usedBy: ["box"],
  };
  const kernel = { name: "debian-cloud", local: true, version: expect.any(String), usedBy: ["box"] };
  const shapes: readonly (readonly [string, unknown])[] = [
    ["vm list", [vm]],
    ["ps", [vm]],
    ["vm show box", { ...vm, capabilities: {}, problems: [] }],
    ["vm stats", [{ name: "box", vmm: { status: "running" }, capabilities: {}, problems: [] }]],
    ["vm health box", { init: expect.any(String) }],
    ["image list", [image]],
    ["image list -a", [image]],
    ["image show debian-bookworm", image],
    ["kernel list", [kernel]],
    ["kernel list -a", [kernel]],
    ["kernel show debian-cloud", kernel],
    ["daemon status", { pid: expect.any(Number), vms: 1, running: 1 }],
    ["config show", { exists: true, defaults: { diskBytes: { value: 8 * 2 ** 30, origin: "builtin" } } }],
    ["config schema", { type: "object", properties: { vm_defaults: expect.anything() } }],
    ["version", { version: expect.stringMatching(/^\d+\.\d+\.\d+/) }],
  ];

  test.each(shapes)("%s: one line, the same twice", async (command, shape) => {
    const args = [...command.split(" "), "--json"];
    const { stdout, stderr, code } = await world.run(args);
    expect({ code, stderr, lines: stdout.split("\n").length }).toEqual({ code: 0, stderr: "", lines: 2 });
    expect(JSON.parse(stdout)).toMatchObject(shape as object);
    expect(keys(JSON.parse((await world.run(args)).stdout))).toEqual(keys(JSON.parse(stdout)));
  });

  test("of a long action: one object on stdout, events as lines on stderr", async () => {
    const { stdout, stderr, code } = await world.run(["vm", "restart", "box", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ reference: "box", value: { name: "box", state: "running" } }]);
    const events = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; step?: string });
    for (const step of ["stop", "start"])
      for (const type of ["step-start", "step-end"])
        expect(events).toContainEqual(expect.objectContaining({ type, step }));
  });

  test("of a failure: the error with its code", async () => {
    const { stdout, stderr, code } = await world.run(["vm", "show", "nobody", "--json"]);
    expect(code).toBe(1);
    for (const text of [stdout, stderr])
      expect(JSON.parse(text)).toMatchObject({ error: { code: "VM_NOT_FOUND", message: "no VM is called nobody" } });
  });
});

/** The keys of a value and all within it, in their order. */
function keys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(keys);
  if (typeof value !== "object" || value === null) return null;
  return Object.entries(value).map(([key, inner]) => [key, keys(inner)]);
}

describe("what is in use", () => {
  test("an image or a kernel of a VM is not deleted", async () => {
    for (const [kind, name] of [
      ["image", "debian-bookworm"],
      ["kernel", "debian-cloud"],
    ] as const) {
      const { code, stderr } = await world.run([kind, "delete", name]);
      const { sentence, help } = oneError(stderr);
      expect(code).toBe(1);
      expect(sentence).toContain("box");
      expect(help).toContain("vm delete box");
      expect(await world.json(kind, "show", name)).toMatchObject({ local: true });
    }
  });

  test("config show is a config.toml that counts as the one it was made from", async () => {
    world.configure('log_level = "debug"\n[vm_defaults]\nmemory_mib = 256\n');
    const shown = await world.ok("config", "show");
    expect(shown).toContain('log_level = "debug"');
    expect(shown).toMatch(/memory_mib = 256 +# config/);
    const before = (await world.json<{ config: unknown }>("config", "show")).config;
    world.configure(shown);
    const after = (await world.json<{ config: object }>("config", "show")).config;
    expect(after).toMatchObject(before as object);
  });
});
