import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { jailOperations } from "./jail.ts";
import { storageOperations } from "./storage.ts";

const vm = "0123456789abcdef";
const other = "fedcba9876543210";
const digest = "a".repeat(64);
const good = { vm, uid: 60_578, files: [{ name: "vmlinux", from: `kernels/blobs/${digest}/vmlinux`, write: false }] };
const { schema } = jailOperations["jail.remove"];

describe("files of a jail", () => {
  test.each([
    `vms/${vm}/work.ext4`,
    `images/blobs/${digest}/rootfs.ext4`,
    `kernels/blobs/${digest}/modules.ext4`,
    "run/initrd",
    "disk",
  ])("%s is taken", (from) => {
    expect(schema.safeParse({ ...good, files: [{ name: "x", from, write: false }] }).success).toBe(true);
  });

  test.each([
    "",
    "/etc/shadow",
    "../x",
    `vms/${vm}/../../state.db`,
    `vms/${vm}/.ssh`,
    `vms/${vm}/a/b`,
    `vms/${other}/work.ext4`,
    `vms/${vm}`,
    `vms/${vm}/x\n`,
    `images/blobs/${digest}/other`,
    "run/../x",
    "run/a/b",
    "state.db",
    "disk/x",
    "ssh/id_ed25519",
  ])("%j is refused", (from) => {
    expect(schema.safeParse({ ...good, files: [{ name: "x", from, write: false }] }).success).toBe(false);
  });

  test("what is shared is never to be written", () => {
    const shared = [`images/blobs/${digest}/rootfs.ext4`, `kernels/blobs/${digest}/vmlinux`];
    for (const from of shared)
      expect(schema.safeParse({ ...good, files: [{ name: "x", from, write: true }] }).success).toBe(false);
  });

  test.each([
    "dev",
    "run",
    "sockets",
    "firecracker",
    "firecracker.pid",
    "a/b",
    "..",
    ".",
    "",
    "A",
    "x\0",
    "a".repeat(99),
  ])("the name %j is refused", (name) => {
    expect(schema.safeParse({ ...good, files: [{ ...good.files[0], name }] }).success).toBe(false);
  });

  test("two of one name are refused", () => {
    expect(schema.safeParse({ ...good, files: [good.files[0], good.files[0]] }).success).toBe(false);
  });
});

test.each([0, 1, 999, -1, 1.5, 2 ** 31, Number.NaN, "60578"])("no jail has the user id %p", (uid) => {
  expect(schema.safeParse({ ...good, uid }).success).toBe(false);
});

test.each(["jailer", "/opt/../jailer", "/opt//jailer", "/opt/./jailer", "/opt/jail er", "/", "/opt/jailer\0", "/x;y"])(
  "the program %j is refused",
  (jailer) => {
    expect(jailOperations["jail.check"].schema.safeParse({ jailer, firecracker: "/x/firecracker" }).success).toBe(
      false,
    );
  },
);

describe("programs of a jail", () => {
  const { schema: create } = jailOperations["jail.create"];
  const whole = { ...good, vcpu: 1, memoryMiB: 128, tap: false };
  const taken = (jailer: string, firecracker: string): boolean =>
    create.safeParse({ ...whole, jailer, firecracker }).success;

  test.each([
    ["/usr/bin/jailer", "/usr/bin/firecracker"],
    ["/opt/jailer-v1.12.1-x86_64", "/opt/firecracker-v1.12.1-x86_64"],
  ])("%s and %s are taken", (jailer, firecracker) => {
    expect(taken(jailer, firecracker)).toBe(true);
  });

  test.each([
    ["/bin/sh", "/usr/bin/firecracker"],
    ["/usr/bin/jailer", "/bin/sh"],
    ["/usr/bin/firecracker", "/usr/bin/jailer"],
    ["/opt/jailer/sh", "/usr/bin/firecracker"],
    ["/usr/bin/my-jailer", "/usr/bin/firecracker"],
    ["/usr/bin/jailer", "/opt/vmlinux"],
  ])("%s and %s are refused", (jailer, firecracker) => {
    expect(taken(jailer, firecracker)).toBe(false);
  });
});

test("no operation of storage or jails takes what is not of its shape, whatever it is", () => {
  const operations = Object.values({ ...storageOperations, ...jailOperations });
  fc.assert(
    fc.property(fc.anything(), fc.string(), (value, text) => {
      for (const { schema } of operations) {
        expect(schema.safeParse(value).success).toBe(false);
        expect(schema.safeParse({ vm: text, role: "base", image: text, signal: text, sizeBytes: 4096 }).success).toBe(
          false,
        );
      }
    }),
  );
});
