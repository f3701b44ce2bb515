import { expect, test } from "bun:test";
import type { Machine } from "../../../core/api/drivers.ts";
import { jailOperations } from "../../../core/privileged/jail.ts";
import { uidsOf } from "./config.ts";
import { planJail } from "./jail-plan.ts";
import { firecrackerPaths } from "./paths.ts";

const id = "0123456789abcdef";
const digest = "a".repeat(64);
const vm = { id, stateDir: `/s/vms/${id}`, runtimeDir: `/r/${id}` };
const machine: Machine = {
  vcpu: 2,
  memoryMiB: 512,
  vmlinux: `/s/kernels/blobs/${digest}/vmlinux`,
  initrd: `/r/${id}/initrd`,
  kernelArgs: ["a=b"],
  drives: [
    { id: "root", path: `/dev/banger/banger-${id}`, readonly: false },
    { id: "base", path: `/s/images/blobs/${digest}/rootfs.ext4`, readonly: true },
    { id: "work", path: `/s/vms/${id}/work.ext4`, readonly: false },
  ],
  nics: [],
  channel: { name: "banger" },
};
const plan = (more: Partial<Machine> = {}) => planJail(vm, { ...machine, ...more }, firecrackerPaths(vm));

test("a machine and what it is in its jail, whole; the operation takes it", () => {
  const planned = plan();
  if (typeof planned === "string") throw new Error(planned);
  expect(planned).toEqual({
    files: [
      { name: "vmlinux", from: `kernels/blobs/${digest}/vmlinux`, write: false },
      { name: "initrd", from: "run/initrd", write: false },
      { name: "vmm.log", from: `vms/${id}/vmm.log`, write: true },
      { name: "metrics.log", from: `vms/${id}/metrics.log`, write: true },
      { name: "drive-root", from: "disk", write: true },
      { name: "drive-base", from: `images/blobs/${digest}/rootfs.ext4`, write: false },
      { name: "drive-work", from: `vms/${id}/work.ext4`, write: true },
    ],
    machine: {
      ...machine,
      vmlinux: "/vmlinux",
      initrd: "/initrd",
      drives: [
        { id: "root", path: "/drive-root", readonly: false },
        { id: "base", path: "/drive-base", readonly: true },
        { id: "work", path: "/drive-work", readonly: false },
      ],
    },
  });
  const { schema } = jailOperations["jail.remove"];
  expect(schema.safeParse({ vm: id, uid: 60_578, files: planned.files }).success).toBe(true);
});

test("a path that is not banger's own is named", () => {
  expect(plan({ vmlinux: "/boot/vmlinux" })).toBe("/boot/vmlinux");
  expect(plan({ initrd: "/r/initrd" })).toBe("/r/initrd");
});

test("ranges of user ids", () => {
  expect(uidsOf("60578-61183")).toEqual({ first: 60_578, count: 606 });
  for (const text of ["", "1000", "999-2000", "2000-1000", "a-b", "1000-99999999999"])
    expect(uidsOf(text).count).toBe(0);
});
