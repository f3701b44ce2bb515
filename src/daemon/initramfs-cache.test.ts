import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import type { Kernel } from "../core/model/image.ts";
import { InitramfsCache } from "./initramfs-cache.ts";

const folder = scratchFolder();

test("made once for a kernel and an agent, again when it is gone; those of former agents are swept", async () => {
  const [dir, bootDir] = [join(folder, "cache"), join(folder, "boot")];
  for (const path of [dir, bootDir]) mkdirSync(path);
  writeFileSync(join(bootDir, "a.ko"), "module");
  writeFileSync(join(dir, "kept"), "");
  const kernel = { bootDir, bootModules: ["a.ko"] } as unknown as Kernel;
  const other = { bootDir: `${bootDir}/.`, bootModules: ["a.ko"] } as unknown as Kernel;

  const old = await new InitramfsCache(dir, () => Buffer.from("old")).of(kernel);
  const cache = new InitramfsCache(dir, () => Buffer.from("new"));
  const [path, second] = [await cache.of(kernel), await cache.of(other)];
  expect(new Set([old, path, second]).size).toBe(3);
  expect(readdirSync(dir).sort()).toEqual(
    [path, second]
      .map((file) => file.slice(dir.length + 1))
      .concat("kept")
      .sort(),
  );
  expect(await cache.of(kernel)).toBe(path);
  rmSync(path);
  expect(await cache.of(kernel)).toBe(path);
  expect(await Bun.file(path).exists()).toBe(true);
});
