import { expect, test } from "bun:test";
import { chownSync, closeSync, existsSync, fstatSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../../test/helpers/scratch.ts";
import { removeSnapshot, retireNode } from "./dm.ts";

/** Of open(2): the file itself and not what is in it, or behind it. */
const pathOnly = 0o10000000;

test("a node that is taken away is nobody's to open, for those who hold it either", () => {
  const path = join(scratchFolder(), "node");
  writeFileSync(path, "", { mode: 0o600 });
  if (process.geteuid!() === 0) chownSync(path, 1000, -1);
  const held = openSync(path, pathOnly);
  try {
    retireNode(path);
    expect(existsSync(path)).toBe(false);
    const { mode, uid } = fstatSync(held);
    expect(uid).toBe(process.geteuid!());
    expect(mode & 0o777).toBe(0);
    retireNode(path);
  } finally {
    closeSync(held);
  }
});

test("a disk that is in a jail stays: the jail's node would be another device's", async () => {
  const vm = "0123456789abcdef";
  const host = { run: () => Promise.reject(new Error("nothing is run")) } as unknown as Parameters<
    typeof removeSnapshot
  >[0];
  expect(await removeSnapshot(host, vm, [vm]).catch((error: unknown) => error)).toMatchObject({
    code: "PRIVILEGE_REFUSED",
    message: expect.stringContaining("jail"),
  });
  await removeSnapshot(host, vm, ["f".repeat(16)]);
});
