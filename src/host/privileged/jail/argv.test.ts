import { expect, test } from "bun:test";
import { jailerArgv } from "./argv.ts";
import { limitFiles } from "./cgroup.ts";
import { mountsBelow } from "./tree.ts";
import { parseSubordinate } from "./uid.ts";

test("the jailer's command line, whole", () => {
  const record = { uid: 60_578, jailer: "/usr/local/bin/jailer", firecracker: "/usr/local/bin/firecracker" };
  expect(jailerArgv("0123456789abcdef", record)).toEqual([
    "/usr/local/bin/jailer",
    ...["--id", "0123456789abcdef", "--exec-file", "/usr/local/bin/firecracker", "--uid", "60578", "--gid", "60578"],
    ...["--chroot-base-dir", "/var/lib/banger-root/jail/0123456789abcdef"],
    ...["--cgroup-version", "2", "--parent-cgroup", "banger/0123456789abcdef", "--"],
    ...["--api-sock", "/sockets/api.sock", "--log-path", "/vmm.log", "--level", "Warning", "--show-level"],
    ...["--metrics-path", "/metrics.log"],
  ]);
});

test("limits: the guest's memory and 128 MiB, its vcpus and one", () => {
  expect(Object.fromEntries(limitFiles({ vcpu: 2, memoryMiB: 512 }))).toEqual({
    "memory.max": String(640 * 2 ** 20),
    "cpu.max": "300000 100000",
    "cpu.weight": "200",
    "pids.max": "18",
  });
});

test("mounts below a folder, the latest first; a blank in a path is written \\040", () => {
  const lines = ["/", "/jail/a", "/jail/ab", "/jail/a/root/x", String.raw`/jail/a/y\040z`];
  const mountinfo = lines.map((path, index) => `${index} 1 8:1 / ${path} rw - ext4 /dev/sda rw\n`).join("");
  expect(mountsBelow(mountinfo, "/jail/a")).toEqual(["/jail/a/y z", "/jail/a/root/x", "/jail/a"]);
});

test("ranges of subordinate ids", () => {
  const text = "u:100000:65536\n# v:1:2\n\nbroken:1\nw:7:x\n1000:200000:1";
  expect(parseSubordinate(text)).toEqual([
    { name: "u", first: 100_000, count: 65_536 },
    { name: "1000", first: 200_000, count: 1 },
  ]);
});
