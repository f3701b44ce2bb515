import { beforeEach, expect, test } from "bun:test";
import { chmodSync, linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { formatService, type Service } from "../core/model/service.ts";
import { readService, writableByOthers } from "./service-file.ts";

const folder = join(scratchFolder(), "etc");
const path = join(folder, "install.toml");
const us = process.getuid!();
const service: Service = {
  version: "1",
  owner: "u",
  uid: 1000,
  gid: 1000,
  home: "/home/u",
  binary: "/b",
  stateDir: "/s",
  cacheDir: "/c",
  runtimeDir: "/r",
  helperSocket: "/h",
  made: [],
};

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o755 });
  writeFileSync(path, formatService(service), { mode: 0o644 });
});

test("the record is read, and where there is none there is no service", async () => {
  expect(await readService(path, us)).toEqual(service);
  expect(await readService(join(folder, "none"), us)).toBeNull();
  expect(await readService(join(path, "below"), us)).toBeNull();
});

const untrusted: readonly (readonly [string, () => void, number, string])[] = [
  ["of somebody else", () => {}, us + 1, `it belongs to user ${us}`],
  ["that everybody may write to", () => chmodSync(path, 0o666), us, "everybody may write"],
  ["in a folder that everybody may write to", () => chmodSync(folder, 0o777), us, "everybody may write"],
  [
    "behind a link",
    () => {
      linkSync(path, join(folder, "other"));
      rmSync(path);
      symlinkSync("other", path);
    },
    us,
    "ELOOP",
  ],
  ["that is too long", () => writeFileSync(path, "#".repeat(70_000)), us, "larger"],
  ["that is a folder", () => void (rmSync(path), mkdirSync(path)), us, "another kind"],
  ["that says something else", () => writeFileSync(path, 'owner = "u"'), us, "cannot be used: version"],
];
test.each(untrusted)("one %s does not count", async (_, change, root, word) => {
  change();
  const thrown = await readService(path, root).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code: "INSTALL_RECORD", message: expect.stringContaining(word) });
});

test.each([
  [0, 0, 0o755, null],
  [0, 0, 0o775, null],
  [0, 50, 0o775, "group 50"],
  [0, 50, 0o755, null],
  [0, 0, 0o757, "everybody"],
  [1, 0, 0o755, "user 1"],
])("user %i, group %i, mode %o: %p", (uid, gid, mode, word) => {
  const why = writableByOthers({ uid, gid, mode });
  if (word === null) expect(why).toBeNull();
  else expect(why).toContain(word);
});
