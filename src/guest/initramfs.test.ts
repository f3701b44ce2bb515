import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { baseInitramfs, bootInitramfs, configArchive, modulePath } from "./initramfs.ts";

const dir = mkdtempSync(join(tmpdir(), "banger-initramfs-"));
afterAll(() => rmSync(dir, { recursive: true }));

const base = baseInitramfs({
  agent: new TextEncoder().encode("agent"),
  modules: [{ name: "virtio.ko", content: Uint8Array.of(1, 2, 3) }],
});
const basePath = join(dir, "base");
writeFileSync(basePath, base, { mode: 0o644 });
const config = Uint8Array.of(9, 8, 7);

test("the base holds the agent as an executable /init and the modules where modulePath says", () => {
  const text = Buffer.from(base).toString("latin1");
  expect(text).toContain(`000081ED${"0".repeat(16)}00000001${"0".repeat(8)}00000005`);
  expect(text).toContain("init\0");
  expect(text).toContain(`${modulePath("virtio.ko").slice(1)}\0`);
});

test("a VM's initramfs is the base and its configuration, readable by nobody else", async () => {
  const target = join(dir, "vm");
  await bootInitramfs(basePath, config, target);
  expect(readFileSync(target)).toEqual(Buffer.concat([base, configArchive(config)]));
  expect(statSync(target).mode & 0o7777).toBe(0o600);
});

test("what is there is replaced and never followed", async () => {
  const victim = join(dir, "victim");
  const target = join(dir, "link");
  writeFileSync(victim, "precious");
  symlinkSync(victim, target);
  await bootInitramfs(basePath, config, target);
  await bootInitramfs(basePath, Uint8Array.of(1), target);
  expect(readFileSync(victim, "utf8")).toBe("precious");
  expect(readFileSync(target)).toEqual(Buffer.concat([base, configArchive(Uint8Array.of(1))]));
});
