import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { trustSocketDir } from "./socket-dir.ts";

const folder = mkdtempSync("/tmp/socket-dir-");
afterAll(() => rmSync(folder, { recursive: true }));

test("a socket is not looked for where others could have put one; where there is no folder there is none", async () => {
  const planted = join(folder, "planted");
  mkdirSync(planted);
  chmodSync(planted, 0o777);
  symlinkSync("planted", join(folder, "link"));
  const why = "has mode 0777: other users can write to it";
  for (const path of [planted, join(folder, "link")]) expect(trustSocketDir(path)).rejects.toThrow(`${path} ${why}`);
  mkdirSync(join(folder, "own"), { mode: 0o700 });
  await trustSocketDir(join(folder, "own"));
  await trustSocketDir(join(folder, "nowhere"));
});
