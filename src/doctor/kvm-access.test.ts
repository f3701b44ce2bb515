import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kvmAccess } from "./kvm-access.ts";

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "banger-kvm-"))));
afterAll(() => rmSync(folder, { recursive: true }));

test("no device", async () => {
  expect(await kvmAccess(join(folder, "none"))).toEqual({ exists: false, allowed: false, group: null });
});

test("a device that may be opened, and the group that it is for", async () => {
  const device = join(folder, "kvm");
  const groups = join(folder, "group");
  writeFileSync(device, "");
  const { gid } = statSync(device);
  writeFileSync(groups, `root:x:0:\nkvm:x:${gid}:ann\n`);
  chmodSync(device, 0o600);
  expect(await kvmAccess(device, groups)).toEqual({ exists: true, allowed: true, group: null });
  chmodSync(device, 0o660);
  const { group } = await kvmAccess(device, groups);
  // The superuser's group is nobody's to join.
  expect(group).toBe(gid === 0 ? null : "kvm");
});
