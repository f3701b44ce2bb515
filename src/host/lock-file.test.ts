import { expect, test } from "bun:test";
import { readdirSync, renameSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { failure } from "../../test/helpers/failure.ts";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { lockFile, waitLock } from "./lock-file.ts";

const folder = scratchFolder();

test("one holder at a time, in one process too; the file is private and stays", async () => {
  const path = join(folder, "lock");
  const lock = await lockFile(path);
  expect(lock).not.toBeNull();
  expect(await lockFile(path)).toBeNull();
  lock!.release();
  lock!.release();
  const again = await lockFile(path);
  expect(again).not.toBeNull();
  again!.release();
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("those who wait get it one after the other", async () => {
  const path = join(folder, "queue");
  let holders = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      const lock = await waitLock(path);
      most = Math.max(most, ++holders);
      await Bun.sleep(3);
      holders--;
      lock.release();
    }),
  );
  expect(most).toBe(1);
});

test("waiting can be given up", async () => {
  const path = join(folder, "busy");
  const lock = await lockFile(path);
  const abort = new AbortController();
  setTimeout(() => abort.abort(new Error("enough")), 20);
  expect((await failure(waitLock(path, abort.signal))).message).toBe("enough");
  lock!.release();
});

test("a file that was replaced does not hold its successor's lock", async () => {
  const path = join(folder, "replaced");
  const old = await lockFile(path);
  writeFileSync(`${path}.new`, "");
  renameSync(`${path}.new`, path);
  const lock = await lockFile(path);
  expect(lock).not.toBeNull();
  old!.release();
  expect(await lockFile(path)).toBeNull();
  lock!.release();
});

test("a link is refused, and nothing stays open", async () => {
  symlinkSync("elsewhere", join(folder, "link"));
  const before = readdirSync("/proc/self/fd").length;
  expect(await failure(lockFile(join(folder, "link")))).toMatchObject({ code: "ELOOP" });
  expect(await failure(lockFile(join(folder, "no/such/lock")))).toMatchObject({ code: "ENOENT" });
  expect(readdirSync("/proc/self/fd").length).toBe(before);
});
