import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfigFile } from "./config-file.ts";

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "banger-config-"))));
afterAll(() => rmSync(folder, { recursive: true }));

const refusal = async (path: string): Promise<string> => {
  const error = await readConfigFile(path).catch((error: unknown) => error);
  expect(error).toMatchObject({ code: "CONFIG_INVALID" });
  return (error as Error).message;
};

test("a missing file is an empty one, in a missing folder too", async () => {
  expect(await readConfigFile(join(folder, "none.toml"))).toBe("");
  expect(await readConfigFile(join(folder, "none/config.toml"))).toBe("");
});

test("the text, through a link too", async () => {
  writeFileSync(join(folder, "a.toml"), "log_level = 'info' # ü\n");
  symlinkSync("a.toml", join(folder, "link.toml"));
  expect(await readConfigFile(join(folder, "link.toml"))).toBe("log_level = 'info' # ü\n");
});

test("what is no readable text file is refused with one line, and nothing hangs", async () => {
  expect(await refusal(folder)).toBe(`${folder} is not a file`);
  Bun.spawnSync(["mkfifo", join(folder, "pipe")]);
  expect(await refusal(join(folder, "pipe"))).toEndWith("is not a file");
  expect(await refusal("/dev/zero")).toBe("/dev/zero is not a file");
  writeFileSync(join(folder, "huge.toml"), "");
  truncateSync(join(folder, "huge.toml"), 2 ** 31);
  expect(await refusal(join(folder, "huge.toml"))).toEndWith("is larger than 1 MiB");
  writeFileSync(join(folder, "latin1.toml"), new Uint8Array([0x23, 0xfc, 0x0a]));
  expect(await refusal(join(folder, "latin1.toml"))).toEndWith("is not UTF-8 text");
  expect(await refusal(join(folder, "a.toml/config.toml"))).toEndWith("cannot be opened (ENOTDIR)");
});
