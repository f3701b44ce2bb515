import { expect, test } from "bun:test";
import { mkdtempSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../../../test/helpers/scratch.ts";
import { placeOf, programWeakness } from "./place.ts";

test("the jail's root is where the jailer puts it", () => {
  expect(placeOf("0123456789abcdef", "/opt/firecracker-v1.12.1")).toEqual({
    folder: "/var/lib/banger-root/jail/0123456789abcdef",
    root: "/var/lib/banger-root/jail/0123456789abcdef/firecracker-v1.12.1/0123456789abcdef/root",
  });
});

test("root runs no program of another name, whoever's it is", () => {
  expect(programWeakness("jailer", "/usr/bin/env")).toBe("/usr/bin/env is not called jailer");
  expect(programWeakness("firecracker", "/usr/bin/jailer")).toBe("/usr/bin/jailer is not called firecracker");
  expect(programWeakness("jailer", "/usr/bin/jailer-that-is-not-there")).toBe(
    "there is no /usr/bin/jailer-that-is-not-there",
  );
});

test("nor one from a folder that others can write to, link or not", () => {
  const path = join(mkdtempSync(join(scratchFolder(), "bin-")), "jailer");
  symlinkSync("/usr/bin/env", path);
  expect(programWeakness("jailer", path)).not.toBeNull();
});
