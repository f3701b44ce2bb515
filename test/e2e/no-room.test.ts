import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { enclose } from "../helpers/enclosure.ts";
import { oneError } from "../helpers/error-lines.ts";
import { World } from "../helpers/world.ts";

let world: World;
let open: () => Promise<void>;

async function enclosed(images: boolean, script: string): Promise<void> {
  world = await World.create({ images });
  open = await enclose(world, script);
}

async function destroyed(): Promise<void> {
  try {
    await world.destroy();
  } finally {
    await open();
  }
}

/** What a shell in the world's namespace prints. */
async function look(script: string): Promise<string> {
  const child = Bun.spawn([...world.prefix, "sh", "-c", script, "sh", world.stateDir], { stdout: "pipe" });
  return (await new Response(child.stdout).text()).trimEnd();
}

const everyCommand: readonly (readonly [string[], number])[] = [
  [["vm", "list"], 1],
  [["vm", "create"], 1],
  [["vm", "run", "--rm", "--", "true"], 125],
  [["image", "pull", "debian-bookworm"], 1],
];

describe("a state directory that can only be read", () => {
  const readonly = 'mount --bind "$1/state" "$1/state"; mount -o remount,ro,bind "$1/state"';

  describe("with nothing in it", () => {
    beforeAll(() => enclosed(false, readonly));
    afterAll(destroyed);

    test.each(everyCommand)("%j is refused by the directory's name", async (args, code) => {
      const { stderr, ...finished } = await world.run(args);
      const { sentence } = oneError(stderr);
      expect(finished.code).toBe(code);
      expect(sentence).toContain(world.stateDir);
      expect(await look('find "${1%/*/*}" -type f -path "*banger*" ! -name "*.lock" ! -name config.toml')).toBe("");
    });
  });

  describe("with a state store", () => {
    beforeAll(async () => {
      world = await World.create({ images: false });
      await world.ok("vm", "list");
      await world.ok("daemon", "stop");
      open = await enclose(world, readonly);
    });
    afterAll(destroyed);

    test.each(everyCommand)("%j is refused by its name", async (args, code) => {
      const { stderr, ...finished } = await world.run(args);
      const { sentence } = oneError(stderr);
      expect(finished.code).toBe(code);
      expect(sentence).toContain(world.stateDir);
    });
  });
});

/** A file system of so many bytes as the state directory, with the images from outside of it. */
const small = (size: string): string => `
  state="$1/state/banger"; keep="$1/home/keep"
  [ -d "$state" ] && mv "$state" "$keep" || mkdir "$keep"
  mkdir -m 700 "$state"
  mount -t tmpfs -o size=${size},mode=700 tmpfs "$state"
  for name in images kernels; do
    [ -d "$keep/$name" ] || continue
    mkdir -m 700 "$state/$name"
    mount --bind "$keep/$name" "$state/$name"
  done`;

describe("a full disk", () => {
  describe("at a pull", () => {
    beforeAll(() => enclosed(false, small("32M")));
    afterAll(destroyed);

    test("says so, says how much room it takes, and leaves nothing", async () => {
      for (const [kind, name] of [
        ["image", "debian-bookworm"],
        ["kernel", "debian-cloud"],
      ] as const) {
        const { code, stderr } = await world.run([kind, "pull", "-q", name], { timeout: 250_000 });
        const { sentence, help } = oneError(stderr);
        expect(code).toBe(1);
        expect(sentence).toBe(`no room to make the ${kind} ${name}`);
        expect(help).toMatch(/GiB of room in .* suffices/);
        expect(await world.json<unknown[]>(kind, "list")).toEqual([]);
        expect(await look(`find "$1/${kind}s" -mindepth 2`)).toBe("");
      }
      const { code, stderr } = await world.run(["vm", "run", "--rm", "-q", "--", "true"], { timeout: 250_000 });
      expect(code).toBe(125);
      expect(oneError(stderr).sentence).toContain("no room to make the");
      expect(await world.json<unknown[]>("vm", "list")).toEqual([]);
    });
  });

  describe("at a create", () => {
    beforeAll(() => enclosed(true, small("1M")));
    afterAll(destroyed);

    test("says so and leaves neither row nor file", async () => {
      for (const [args, code] of [
        [["vm", "create", "-q"], 1],
        [["vm", "run", "--rm", "-q", "--", "true"], 125],
        [["vm", "run", "-q", "--", "true"], 125],
      ] as const) {
        const { stderr, ...finished } = await world.run(args);
        const { sentence } = oneError(stderr);
        expect(finished.code).toBe(code);
        expect(sentence).toMatch(/room/);
        expect(await world.json<unknown[]>("vm", "list")).toEqual([]);
        expect(await look('find "$1/vms" -mindepth 1')).toBe("");
      }
    });
  });

  describe("in the middle of a run", () => {
    beforeAll(() => enclosed(true, small("64M")));
    afterAll(destroyed);

    test("is an error of the command that writes; the VM answers, and can be deleted once there is room", async () => {
      await world.ok("vm", "create", "-q", "--name", "writer");
      const write = "head -c 100M /dev/zero > /root/big && sync /root/big";
      const { code, stderr } = await world.run(["vm", "exec", "writer", "--", "sh", "-c", write]);
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/Input\/output error|No space left/);
      expect(await world.ok("vm", "exec", "writer", "--", "echo", "alive")).toBe("alive");
      expect(await world.json("vm", "show", "writer")).toMatchObject({ state: "running" });
      await look('mount -o remount,size=96M "$1"');
      await world.ok("daemon", "stop");
      await world.ok("vm", "delete", "-f", "writer");
      expect(await look('find "$1/vms" -mindepth 1')).toBe("");
      expect((await world.run(["vm", "run", "--rm", "-q", "--", "sh", "-c", "exit 42"])).code).toBe(42);
    });
  });
});
