import { expect, test } from "bun:test";
import { closeSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../../test/helpers/scratch.ts";
import { openOwned, type OwnedFileOptions } from "./owned-file.ts";

const root = scratchFolder();
const uid = process.getuid!();
mkdirSync(join(root, "vms"));
for (const name of ["file", "one", "outside"]) writeFileSync(join(root, name), name);
writeFileSync(join(root, "vms/file"), "");
linkSync(join(root, "one"), join(root, "vms/two"));
symlinkSync("../outside", join(root, "vms/link"));
symlinkSync("vms", join(root, "linked"));
Bun.spawnSync(["mkfifo", join(root, "vms/pipe")]);

function open(path: string, options?: OwnedFileOptions, owner = uid): string {
  try {
    closeSync(openOwned({ uid: owner }, root, path, options).fd);
    return "opened";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test("the owner's regular files and folders", () => {
  expect(open("vms/file")).toBe("opened");
  expect(open("vms/file", { write: true })).toBe("opened");
  expect(open("vms", { directory: true })).toBe("opened");
  expect(open("vms/none")).toBe("FILE_NOT_FOUND");
});

test.each(["vms/link", "linked/file", "../etc/passwd", "/etc/passwd", "vms", "vms/pipe", "file/x"])(
  "%s is refused",
  (path) => {
    expect(open(path)).toBe("PRIVILEGE_REFUSED");
  },
);

test("one with a second name is read and not written; another's is neither", () => {
  expect([open("vms/two"), open("vms/two", { write: true })]).toEqual(["opened", "PRIVILEGE_REFUSED"]);
  expect(open("vms/file", {}, uid + 1)).toBe("PRIVILEGE_REFUSED");
  expect(open("vms/file", { directory: true })).toBe("PRIVILEGE_REFUSED");
});
