import { expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { watchSocket } from "./socket-watch.ts";

const folder = scratchFolder();

async function watched(name: string, change: (dir: string) => void): Promise<number> {
  const dir = join(folder, name);
  mkdirSync(dir);
  writeFileSync(join(dir, "s"), "");
  const seen: string[] = [];
  const end = watchSocket(join(dir, "s"), () => seen.push("gone"));
  change(dir);
  for (let wait = 0; wait < 50 && seen.length === 0; wait++) await Bun.sleep(5);
  end();
  return seen.length;
}

test("a socket that is taken away is noticed, alone or with its directory", async () => {
  expect(await watched("alone", (dir) => rmSync(join(dir, "s")))).toBeGreaterThan(0);
  expect(await watched("all", (dir) => rmSync(dir, { recursive: true }))).toBeGreaterThan(0);
});

test("what happens beside it means nothing", async () => {
  expect(await watched("beside", (dir) => writeFileSync(join(dir, "other"), ""))).toBe(0);
});
