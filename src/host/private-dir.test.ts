import { expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { failure } from "../../test/helpers/failure.ts";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { ensurePrivateDir } from "./private-dir.ts";

const folder = scratchFolder();
const mode = (path: string): number => statSync(path).mode & 0o7777;

test("it and its parents are made private, and again is fine", async () => {
  const path = join(folder, "a/b/c");
  await ensurePrivateDir(path);
  await ensurePrivateDir(path, { exact: true });
  expect(["a", "a/b", "a/b/c"].map((name) => mode(join(folder, name)))).toEqual([0o700, 0o700, 0o700]);
});

test("one that others can write to is refused and left as it is", async () => {
  for (const bad of [0o770, 0o702, 0o1777]) {
    const path = join(folder, bad.toString(8));
    mkdirSync(path);
    chmodSync(path, bad);
    const error = await failure(ensurePrivateDir(path));
    expect(error).toMatchObject({ code: "STATE_UNUSABLE", hint: `if nobody tampered with it: chmod go-w ${path}` });
    expect(error.message).toBe(`${path} has mode ${bad.toString(8).padStart(4, "0")}: other users can write to it`);
    expect(mode(path)).toBe(bad);
  }
});

test("one that others can read will do, but not for sockets", async () => {
  const path = join(folder, "readable");
  mkdirSync(path);
  chmodSync(path, 0o755);
  await ensurePrivateDir(path);
  expect((await failure(ensurePrivateDir(path, { exact: true }))).message).toBe(
    `${path} has mode 0755: other users can read it`,
  );
});

test("no link is followed, and no other thing taken for a directory", async () => {
  mkdirSync(join(folder, "real"), { mode: 0o700 });
  symlinkSync("real", join(folder, "link"));
  symlinkSync("planted", join(folder, "dangling"));
  writeFileSync(join(folder, "file"), "");
  expect((await failure(ensurePrivateDir(join(folder, "link")))).message).toEndWith("is a link, not a directory");
  expect((await failure(ensurePrivateDir(join(folder, "dangling")))).message).toEndWith("is a link, not a directory");
  expect(existsSync(join(folder, "planted"))).toBe(false);
  expect((await failure(ensurePrivateDir(join(folder, "file")))).message).toEndWith("is not a directory");
  expect(await failure(ensurePrivateDir(join(folder, "file/below")))).toMatchObject({ code: "STATE_UNUSABLE" });
  expect(await failure(ensurePrivateDir("/proc/none/here"))).toMatchObject({ code: "STATE_UNUSABLE" });
});

test("one of another user is refused, with both named", async () => {
  // A directory that is not ours, whoever runs the tests: /proc/1 is root's, and for root there is one of a user's own.
  const own = process.geteuid!();
  const path = own === 0 ? join(folder, "theirs") : "/usr";
  if (own === 0) Bun.spawnSync(["install", "-d", "-o", "12345", "-m", "700", path]);
  const error = await failure(ensurePrivateDir(path));
  expect(error.message).toBe(`${path} belongs to user ${own === 0 ? 12345 : 0}, not to us (${own})`);
});
