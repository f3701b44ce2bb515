import { expect, test } from "bun:test";
import { statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { failure } from "../../test/helpers/failure.ts";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { Ext4Maker, mke2fsArgv } from "./ext4.ts";
import { createHost } from "./index.ts";

const folder = scratchFolder();
const host = createHost();

test("mke2fs is told to write as little as it can", () => {
  expect(mke2fsArgv("/a b", 2 ** 30, ["lazy_itable_init=1", "nodiscard"])).toEqual([
    "mke2fs",
    "-q",
    "-F",
    "-t",
    "ext4",
    "-O",
    "metadata_csum,metadata_csum_seed",
    "-E",
    "lazy_itable_init=1,nodiscard,resize=268435456",
    "-J",
    "size=64",
    "/a b",
  ]);
});

test("an empty disk is private, sparse and whole", async () => {
  const path = join(folder, "disk.ext4");
  await host.createExt4(path, 10 * 2 ** 30);
  const { size, blocks, mode } = statSync(path);
  expect([size, mode & 0o777]).toEqual([10 * 2 ** 30, 0o600]);
  expect(blocks * 512).toBeLessThan(2 ** 20);
  await host.run(["e2fsck", "-fn", path]);
  await host.growFile(path, 11 * 2 ** 30);
  await host.growFile(path, 2 ** 20);
  expect(statSync(path).size).toBe(11 * 2 ** 30);
});

test("a small one has room for no large journal", async () => {
  const path = join(folder, "small.ext4");
  await host.createExt4(path, 16 * 2 ** 20);
  await host.run(["e2fsck", "-fn", path]);
});

test("nothing that is there is overwritten, through no link either", async () => {
  writeFileSync(join(folder, "precious"), "data");
  symlinkSync("elsewhere", join(folder, "dangling"));
  for (const name of ["precious", "dangling"]) {
    expect(await failure(host.createExt4(join(folder, name), 2 ** 30))).toMatchObject({ code: "FILE_EXISTS" });
  }
  expect(await Bun.file(join(folder, "precious")).text()).toBe("data");
  expect(await Bun.file(join(folder, "elsewhere")).exists()).toBe(false);
  expect(await failure(host.growFile(join(folder, "dangling"), 1))).toMatchObject({ code: "ELOOP" });
});

test("a failure leaves no file", async () => {
  const path = join(folder, "tiny");
  expect(await failure(host.createExt4(path, 10))).toMatchObject({
    code: "COMMAND_FAILED",
    message: "mke2fs exited 1",
  });
  expect(await Bun.file(path).exists()).toBe(false);
  expect(await failure(host.createExt4(join(folder, "no/such/disk"), 2 ** 30))).toMatchObject({ code: "ENOENT" });
});

test("an mke2fs that does not know all options is asked for less", async () => {
  const asked: (readonly string[])[] = [];
  const maker = new Ext4Maker(async (argv) => {
    asked.push(argv);
    if (!argv.join().includes("prezeroed")) return { code: 0, stdout: "", stderr: "" };
    return host.run(["sh", "-c", "echo 'Bad option(s) specified: assume_storage_prezeroed' >&2; exit 1"]);
  });
  await maker.create(join(folder, "older"), 2 ** 30);
  expect(asked).toHaveLength(2);
});

test("mke2fs makes one of each size; the others are as whole, with a UUID of their own", async () => {
  const asked: (readonly string[])[] = [];
  const maker = new Ext4Maker(async (argv, options) => {
    asked.push(argv);
    return host.run(argv, options);
  });
  const [gib, small] = [2 ** 30, 16 * 2 ** 20];
  const disks = ["a", "b", "c", "d", "e"].map((name) => join(folder, name));
  await Promise.all(disks.map((path, index) => maker.create(path, index < 3 ? gib : small)));
  expect(asked).toHaveLength(2);
  const uuids = new Set<string>();
  for (const path of disks) {
    await host.run(["e2fsck", "-fn", path]);
    const { stdout } = await host.run(["dumpe2fs", "-h", path]);
    uuids.add(/UUID: +(\S+)/.exec(stdout)![1]!);
    expect(stdout).toMatch(/Filesystem state: +clean/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  }
  expect(uuids.size).toBe(5);
  const [made, written] = disks.map((path) => statSync(path));
  expect(written!.size).toBe(made!.size);
  expect(written!.blocks).toBeLessThanOrEqual(made!.blocks);
});

test("where mke2fs fails nothing is remembered", async () => {
  let fails = true;
  const maker = new Ext4Maker((argv, options) => host.run(fails ? ["false"] : argv, options));
  const [first, second] = await Promise.allSettled(["f", "g"].map((name) => maker.create(join(folder, name), 2 ** 24)));
  expect([first!.status, second!.status]).toEqual(["rejected", "rejected"]);
  fails = false;
  await maker.create(join(folder, "f"), 2 ** 24);
  await host.run(["e2fsck", "-fn", join(folder, "f")]);
});
