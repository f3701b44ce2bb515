import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Image, Kernel } from "../../src/core/model/image.ts";
import { processesOf } from "../helpers/inventory.ts";
import { ordinaryUser } from "../helpers/ordinary-user.ts";

/** Builds are real: packages come from where this host's apt takes them. */
const patience = 300_000;
const asRoot = process.getuid!() === 0;

let dir: string;
let bun: string;
let script: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "banger-images-"));
  chmodSync(dir, 0o755);
  // Where another user can read them, wherever this checkout is.
  bun = join(dir, "bun");
  copyFileSync(process.execPath, bun);
  chmodSync(bun, 0o755);
  const built = await Bun.build({
    entrypoints: [join(import.meta.dir, "../helpers/pull-program.ts")],
    target: "bun",
    outdir: dir,
  });
  expect(built.success).toBe(true);
  script = join(dir, "pull-program.js");
  chmodSync(script, 0o644);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Line {
  readonly type?: string;
  readonly label?: string;
  readonly done?: number;
  readonly total?: number;
  readonly result?: Image & Kernel;
  readonly second?: Image | null;
  readonly error?: { readonly code: string };
}

/** Runs the child to its end, or to its death when `dies` is true of one of its lines. */
async function pull(
  prefix: readonly string[],
  state: string,
  what: string,
  dies?: (line: Line) => boolean,
): Promise<readonly Line[]> {
  const child = Bun.spawn([...prefix, bun, script, state, what], {
    stdout: "pipe",
    stderr: "inherit",
    env: { PATH: process.env["PATH"] },
  });
  const lines: Line[] = [];
  let rest = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    const [last = "", ...complete] = (rest + chunk).split("\n").toReversed();
    rest = last;
    for (const text of complete.toReversed()) {
      const line = JSON.parse(text) as Line;
      lines.push(line);
      if (dies?.(line)) child.kill("SIGKILL");
    }
  }
  expect(await child.exited).toBe(dies ? 137 : 0);
  return lines;
}

const names = (state: string, kind: string): string[] =>
  existsSync(join(state, kind, "names")) ? readdirSync(join(state, kind, "names")) : [];
const partial = (state: string, kind: string): string[] => readdirSync(join(state, kind, "partial"));

async function output(...argv: string[]): Promise<string> {
  const child = Bun.spawn(argv, {
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` },
  });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  expect([argv.join(" "), await child.exited, stderr.replace(/^(e2fsck|debugfs) [\d.]+ .*\n/, "")]).toEqual([
    argv.join(" "),
    0,
    "",
  ]);
  return stdout;
}

const users: readonly string[] = asRoot ? ["root", "an ordinary user"] : ["this user"];

describe.each(users)("as %s", (who) => {
  let state: string;
  let prefix: readonly string[] = [];

  beforeAll(() => {
    const own = join(dir, who.replaceAll(" ", "-"));
    mkdirSync(own);
    const user = who === "an ordinary user" ? ordinaryUser(own) : { prefix: [], home: own };
    prefix = user.prefix;
    state = join(user.home, "state");
  });

  const phases: readonly (readonly [string, (line: Line) => boolean])[] = [
    ["lists are fetched", ({ label }) => label === "package lists"],
    ["the package is fetched", ({ label }) => label?.startsWith("linux-image") === true],
    ["the kernel is unpacked", ({ label }) => label === "unpacking the kernel"],
    ["the file system is made", ({ label }) => label?.startsWith("making") === true],
    ["the files are summed", ({ label, done, total }) => label?.startsWith("making") === true && done === total],
  ];
  test.each(who === "an ordinary user" ? [] : phases)(
    "a kernel pull killed while %s leaves nothing that counts",
    async (_, dies) => {
      await pull(prefix, state, "kernel", dies);
      expect(names(state, "kernels")).toEqual([]);
      expect(partial(state, "kernels").length).toBeGreaterThan(0);
    },
    patience,
  );

  test(
    "the next kernel pull finishes and sweeps",
    async () => {
      const kernel = (await pull(prefix, state, "kernel")).at(-1)!.result!;
      expect(names(state, "kernels")).toEqual(["cloud.json"]);
      expect(partial(state, "kernels")).toEqual([]);
      expect(await processesOf(state)).toEqual([]);
      expect(readdirSync(kernel.bootDir).toSorted()).toEqual([...kernel.bootModules].toSorted());
      expect(kernel.bootModules.indexOf("virtio_ring.ko")).toBeLessThan(kernel.bootModules.indexOf("virtio_blk.ko"));
      expect(basename(kernel.vmlinux)).toBe("vmlinux");
      await output("e2fsck", "-fn", kernel.modules);
      // Root's, readable by all, with the tables that modprobe needs at the file system's own root.
      expect(await output("debugfs", "-R", "ls -l /", kernel.modules)).toMatch(
        /100644 \(1\) +0 +0 +\d+ .* modules\.dep\.bin$/m,
      );
    },
    patience,
  );

  test(
    "an image pull killed or cancelled amid its work leaves nothing that counts",
    async () => {
      await pull(prefix, state, "image", ({ label }) => label?.startsWith("setting up") === true);
      expect(names(state, "images")).toEqual([]);
      expect(partial(state, "images").length).toBe(1);
      expect((await pull(prefix, state, "cancelled-image")).at(-1)!.error!.code).toBe("CANCELLED");
      expect(names(state, "images")).toEqual([]);
      expect(partial(state, "images")).toEqual([]);
      expect(await processesOf(state)).toEqual([]);
    },
    patience,
  );

  test(
    "two image pulls at once build once: a whole Debian with owners, modes and capabilities",
    async () => {
      const lines = await pull(prefix, state, "two-images");
      const { result: image, second } = lines.at(-1)!;
      expect(second).toEqual(image);
      expect(lines.filter(({ type }) => type === "step-start").length).toBe(1);
      expect(partial(state, "images")).toEqual([]);
      const { rootfs, sizeBytes, diskBytes } = image!;
      expect(diskBytes).toBeLessThan(sizeBytes);
      await output("e2fsck", "-fn", rootfs);
      const look = (command: string): Promise<string> => output("debugfs", "-R", command, rootfs);
      expect(await look("ls -l /usr/bin")).toMatch(/104755 \(1\) +0 +0 +\d+ .* su$/m);
      expect(await look("ls -l /etc")).toMatch(/100640 \(1\) +0 +42 +\d+ .* shadow$/m);
      expect(await look("ea_list /usr/bin/ping")).toContain("security.capability");
      expect(await look("ls -l /etc")).toMatch(/100644 \(1\) +0 +0 +0 .* machine-id$/m);
      expect(await look("ls -l /etc")).not.toMatch(/ (hostname|resolv\.conf)$/m);
      expect(await look("ls -l /etc/apt/apt.conf.d")).not.toContain("mmdebstrap");
      expect(await look("cat /etc/apt/sources.list.d/debian.sources")).toContain("Suites: bookworm");
      expect(await look("cat /etc/shadow")).toMatch(/^root:[*!]/m);
    },
    patience,
  );
});
