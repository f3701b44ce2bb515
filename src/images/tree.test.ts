import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { editTree } from "./tree.ts";

let dir: string;
let root: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "banger-tree-"));
  root = join(dir, "root");
  mkdirSync(join(root, "etc/ssh"), { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("writes, links and removes, whatever the umask", async () => {
  writeFileSync(join(root, "etc/ssh/ssh_host_a"), "");
  writeFileSync(join(root, "etc/ssh/ssh_host_b"), "");
  writeFileSync(join(root, "etc/ssh/sshd_config"), "");
  const before = process.umask(0o077);
  await editTree(root, [
    { kind: "remove", path: "etc/ssh/ssh_host_*" },
    { kind: "remove", path: "etc/not-there/at-all" },
    { kind: "write", path: "etc/a/b/file", content: "text" },
    { kind: "write", path: "etc/tool", content: "#!", mode: 0o755 },
    { kind: "link", path: "etc/localtime", target: "/usr/share/zoneinfo/UTC" },
  ]);
  process.umask(before);
  expect(readdirSync(join(root, "etc/ssh"))).toEqual(["sshd_config"]);
  expect(readFileSync(join(root, "etc/a/b/file"), "utf8")).toBe("text");
  const mode = (path: string): number => lstatSync(join(root, path)).mode & 0o777;
  expect([mode("etc/a"), mode("etc/a/b/file"), mode("etc/tool")]).toEqual([0o755, 0o644, 0o755]);
  expect(readlinkSync(join(root, "etc/localtime"))).toBe("/usr/share/zoneinfo/UTC");
  expect(readdirSync(join(root, "etc")).filter((name) => name.includes("banger"))).toEqual([]);
});

test("a link at the path is replaced, not followed", async () => {
  writeFileSync(join(dir, "outside"), "mine");
  symlinkSync(join(dir, "outside"), join(root, "etc/resolv.conf"));
  await editTree(root, [{ kind: "write", path: "etc/resolv.conf", content: "new" }]);
  expect(readFileSync(join(dir, "outside"), "utf8")).toBe("mine");
  expect(lstatSync(join(root, "etc/resolv.conf")).isFile()).toBe(true);
});

test.each([
  ["write", { kind: "write", path: "var/run/x", content: "" }],
  ["remove", { kind: "remove", path: "var/run/x" }],
  ["leave the tree to write", { kind: "write", path: "../x", content: "" }],
] as const)("a link on the way to what it is to %s is an error", async (_, edit) => {
  mkdirSync(join(dir, "outside"));
  writeFileSync(join(dir, "outside/x"), "mine");
  mkdirSync(join(root, "var"));
  symlinkSync(join(dir, "outside"), join(root, "var/run"));
  expect(editTree(root, [edit])).rejects.toThrow("not a directory");
  expect(readFileSync(join(dir, "outside/x"), "utf8")).toBe("mine");
  expect(readdirSync(dir).toSorted()).toEqual(["outside", "root"]);
});
