import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { oneError } from "../helpers/error-lines.ts";
import { World } from "../helpers/world.ts";

let world: World;
beforeAll(async () => {
  world = await World.create();
});
afterAll(() => world.destroy());

/** Names of all files and folders of the world, and the rows of its store. */
function everything(): unknown {
  const names = files(world.root);
  const tables = ["vms", "journal"];
  const rows = existsSync(join(world.stateDir, "state.db"))
    ? tables.map((table) => world.rows(`select * from ${table}`))
    : [];
  return { names, rows };
}

/** Names of all files and folders; SQLite's own beside its database come and go with its readers. */
function files(dir: string): readonly string[] {
  const names = readdirSync(dir, { recursive: true, encoding: "utf8" });
  return names.filter((name) => !/state\.db-(wal|shm)$/.test(name)).sort();
}

/** Sees that a command is refused with one clear line and changes nothing. */
async function refused(args: readonly string[], code: number, sentence: RegExp, help: RegExp): Promise<void> {
  const before = everything();
  const { stderr, stdout, ...finished } = await world.run(args);
  const error = oneError(stderr);
  expect({ code: finished.code, stdout }).toEqual({ code, stdout: "" });
  expect(error.sentence).toMatch(sentence);
  expect(error.help).toMatch(help);
  expect(everything()).toEqual(before);
}

const long = "a".repeat(64);
const usage: readonly (readonly [string[], RegExp, RegExp])[] = [
  [["--vcpu", "0"], /--vcpu .*0/, /./],
  [["--vcpu", "many"], /--vcpu "many"/, /./],
  [["--memory", "-1"], /--memory "-1"/, /512M/],
  [["--memory", "1M"], /--memory .*128 MiB/, /./],
  [["--disk-size", "1x"], /--disk-size "1x"/, /8G/],
  [["--memroy", "512M"], /unknown flag --memroy/, /did you mean --memory\?/],
  [["--name", long], new RegExp(`${long}.*64 .*63`), /1 to 63/],
  [["--name", "a_b"], /"a_b"/, /a-z, 0-9 and -/],
  [["--name", "-a"], /"-a"/, /hyphen/],
  [["--wait", "forever"], /--wait.*forever/, /--help/],
  [["--boot-timeout", "soon"], /--boot-timeout.*soon/, /./],
  [["--env", "=x"], /=x/, /./],
];

// What is wrong with the command line alone is told without a daemon, so nothing is there before these and nothing after.
test.each(usage)("usage: %p", async (flags, sentence, help) => {
  await refused(["vm", "create", ...flags], 2, sentence, help);
  await refused(["vm", "run", "--rm", ...flags, "--", "true"], 2, sentence, help);
});

test("usage: commands, arguments and flags that do not go together", async () => {
  await refused(["vm", "lst"], 2, /vm has no command "lst"/, /did you mean vm list\?/);
  await refused(["vm", "start"], 2, /needs a NAME/, /--help/);
  await refused(["vm", "run", "-d", "--rm"], 2, /--detach and --rm/, /--help/);
  await refused(["vm", "set", "any"], 2, /nothing to change/, /--vcpu/);
  await refused(["vm", "cp", "a", "b"], 2, /neither side is in a VM/, /NAME:\/path/);
  await refused(["vm", "exec"], 2, /needs a NAME/, /--help/);
  await refused(["completion", "tcsh"], 2, /"tcsh"/, /bash, zsh, fish/);
});

describe("with a daemon", () => {
  beforeAll(() => world.ok("vm", "list"));

  test("an image, a kernel, a driver, a VM that are not there", async () => {
    await refused(["vm", "create", "--network", "bogus"], 2, /no network driver called "bogus"/, /user, bridge, none/);
    await refused(["vm", "run", "--vmm", "bogus", "--", "true"], 2, /no VMM called "bogus"/, /auto, firecracker, qemu/);
    await refused(["vm", "create", "--image", "nope"], 1, /no image called nope/, /image list --available/);
    await refused(["vm", "create", "--image", "debian-bokworm"], 1, /debian-bokworm/, /did you mean debian-bookworm\?/);
    await refused(
      ["vm", "run", "--image", "nope", "--", "true"],
      125,
      /no image called nope/,
      /image list --available/,
    );
    await refused(["vm", "create", "--kernel", "nope"], 1, /no kernel called nope/, /kernel list --available/);
    for (const verb of ["start", "stop", "restart", "kill", "show", "logs", "ports", "health"])
      await refused(["vm", verb, "nobody"], 1, /no VM is called nobody/, /vm list/);
    await refused(["vm", "delete", "-f", "nobody"], 1, /no VM is called nobody/, /vm list/);
    await refused(["vm", "set", "nobody", "--vcpu", "1"], 1, /no VM is called nobody/, /vm list/);
    await refused(["vm", "exec", "nobody", "--", "true"], 125, /no VM is called nobody/, /vm list/);
    await refused(["vm", "cp", "nobody:/etc/hosts", "-"], 1, /no VM is called nobody/, /vm list/);
    for (const kind of ["image", "kernel"])
      for (const verb of ["show", "pull", "delete"])
        await refused([kind, verb, "nope"], 1, /nope/, new RegExp(`${kind} list`));
  });

  test("an id prefix that fits several lists them; one that fits one VM is that VM", async () => {
    const made = new Map<string, string>();
    for (let n = 0; new Set([...made.keys()].map((id) => id[0])).size === made.size; n++) {
      await world.ok("vm", "create", "-q", "--no-start", "--name", `otter-${n}`);
      const { id, name } = await world.json<{ id: string; name: string }>("vm", "show", `otter-${n}`);
      made.set(id, name);
    }
    const ids = [...made.keys()];
    const prefix = ids.map((id) => id[0]!).find((first) => ids.filter((id) => id.startsWith(first)).length > 1)!;
    const matches = ids.filter((id) => id.startsWith(prefix));
    for (const [args, code] of [
      [["show"], 1],
      [["delete", "-f"], 1],
      [["exec"], 125],
    ] as const) {
      const { stderr, ...finished } = await world.run(["vm", ...args, prefix]);
      const { sentence, help } = oneError(stderr);
      expect(finished.code).toBe(code);
      expect(sentence).toContain(`prefix ${prefix} fits 2 VMs`);
      for (const id of matches) expect(help).toContain(`${id}  ${made.get(id)}`);
    }
    const length = ids[0]!.length - 1;
    expect(await world.json("vm", "show", ids[0]!.slice(0, length))).toMatchObject({ name: made.get(ids[0]!) });
    await refused(["vm", "show", "oter-0"], 1, /no VM is called oter-0/, /did you mean otter-0\?/);
    await refused(["vm", "exec", "otter-0", "--", "true"], 125, /otter-0 is created/, /vm start otter-0/);
    await refused(["vm", "create", "--name", "otter-0"], 1, /a VM called otter-0 exists already/, /./);
    await refused(["vm", "set", "otter-0", "--disk-size", "1G"], 1, /otter-0 has 8G: it cannot shrink to 1G/, /./);
    await refused(["image", "delete", "debian-bookworm"], 1, /otter-\d+ .*debian-bookworm/, /vm delete otter-/);
    await refused(["kernel", "delete", "debian-cloud"], 1, /otter-\d+ .*debian-cloud/, /vm delete otter-/);
    await world.ok("vm", "prune", "-f");
    expect(await world.json<unknown[]>("vm", "list")).toEqual([]);
  });
});

describe("what stops every command", () => {
  beforeAll(() => world.ok("daemon", "stop"));

  const everyCommand: readonly (readonly [string[], number])[] = [
    [["vm", "list"], 1],
    [["vm", "create"], 1],
    [["vm", "run", "--rm", "--", "true"], 125],
    [["vm", "exec", "any", "--", "true"], 125],
  ];

  test("a broken config.toml: all its errors, with their lines", async () => {
    world.configure('log_level = "loud"\ncolour = 1\n[vm_defaults]\nmemory_mib = 1\nvcpus = 3\n');
    for (const [args, code] of everyCommand) {
      await refused(
        args,
        code,
        /config\.toml has 4 errors$/,
        /^log_level: .*\(config\.toml:1\)\ncolour: unknown key.*\(config\.toml:2\)\nvm_defaults\.memory_mib: .*\(config\.toml:4\)\nvm_defaults\.vcpus: unknown key, did you mean vcpu\? \(config\.toml:5\)\n/,
      );
    }
    world.configure("[vm_defaults\n");
    await refused(["vm", "list"], 1, /config\.toml has an error$/, /\(config\.toml:[12]\)/);
    rmSync(join(world.root, "config/banger"), { recursive: true });
  });

  test("a socket path that is too long", async () => {
    const deep = join(world.root, "home", "r".repeat(100));
    mkdirSync(deep, { mode: 0o700 });
    for (const [args, code] of everyCommand) {
      const before = everything();
      const { stderr, ...finished } = await world.run(args, { env: { XDG_RUNTIME_DIR: deep } });
      const { sentence, help } = oneError(stderr);
      expect(finished.code).toBe(code);
      expect(sentence).toContain(`${deep}/banger/daemon.sock`);
      expect(help).toContain("XDG_RUNTIME_DIR");
      expect(everything()).toEqual(before);
    }
  });

  test("a state directory that others can write to, or that is a file", async () => {
    const other = join(world.root, "home/other");
    mkdirSync(join(other, "banger"), { recursive: true });
    Bun.spawnSync(["chmod", "777", join(other, "banger")]);
    const first = await world.run(["vm", "list"], { env: { XDG_STATE_HOME: other } });
    expect(first.code).toBe(1);
    expect(oneError(first.stderr)).toMatchObject({
      sentence: expect.stringContaining(`${other}/banger`),
      help: expect.stringContaining("chmod"),
    });
    rmSync(other, { recursive: true });
    mkdirSync(other);
    writeFileSync(join(other, "banger"), "");
    const second = await world.run(["vm", "list"], { env: { XDG_STATE_HOME: other } });
    expect(second.code).toBe(1);
    expect(oneError(second.stderr).sentence).toContain(`${other}/banger is not a directory`);
    rmSync(other, { recursive: true });
  });

  test("a corrupt state.db, which stays as it is", async () => {
    const path = join(world.stateDir, "state.db");
    const good = await Bun.file(path).bytes();
    const bad = good.slice();
    // Both the head and everything behind it: noise, and a database cut in half.
    for (const damaged of [crypto.getRandomValues(new Uint8Array(20_000)), bad.slice(0, bad.length / 2)]) {
      writeFileSync(path, damaged);
      for (const [args, code] of everyCommand) {
        const names = files(world.stateDir);
        const { stderr, ...finished } = await world.run(args);
        const { sentence, help } = oneError(stderr);
        expect(finished.code).toBe(code);
        expect(sentence).toContain(path);
        expect(help).toMatch(/backup/);
        expect(Buffer.compare(await Bun.file(path).bytes(), damaged)).toBe(0);
        expect(files(world.stateDir)).toEqual(names);
      }
    }
    writeFileSync(path, good);
    await world.ok("vm", "list");
  });
});
