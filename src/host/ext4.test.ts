import { expect, test } from "bun:test";
import { statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { failure } from "../../test/helpers/failure.ts";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { createExt4, mke2fsArgv } from "./ext4.ts";
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
    "-E",
    "lazy_itable_init=1,nodiscard",
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
  expect(blocks * 512).toBeLessThan(16 * 2 ** 20);
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
  await createExt4(
    async (argv) => {
      asked.push(argv);
      if (!argv.join().includes("prezeroed")) return { code: 0, stdout: "", stderr: "" };
      return host.run(["sh", "-c", "echo 'Bad option(s) specified: assume_storage_prezeroed' >&2; exit 1"]);
    },
    join(folder, "older"),
    2 ** 30,
  );
  expect(asked).toHaveLength(2);
});
