import { expect, test } from "bun:test";
import type { Machine } from "../../../core/api/drivers.ts";
import { firecrackerArgv, namespaceOf } from "./argv.ts";
import { deviceName } from "./device-name.ts";
import { firecrackerPaths } from "./paths.ts";
import { bootRequests } from "./requests.ts";

const holder = { pid: 4321, startTime: 99, marker: "m" };
const machine: Machine = {
  vcpu: 2,
  memoryMiB: 512,
  vmlinux: "/k/vmlinux",
  initrd: "/r/initrd",
  kernelArgs: ["mine=1"],
  drives: [
    { id: "base", path: "/i/rootfs.ext4", readonly: true },
    { id: "work-disk", path: "/s/work.ext4", readonly: false },
  ],
  nics: [{ id: "user", mac: "02:01:23:45:67:89", backend: { kind: "tap", name: "vm", namespace: holder } }],
  channel: { name: "banger" },
};
const paths = firecrackerPaths({ runtimeDir: "/r", stateDir: "/s" });

test("a machine, whole", () => {
  expect(bootRequests(machine, paths).map(({ method, path, body }) => [`${method} ${path}`, body])).toEqual([
    ["PUT /machine-config", { vcpu_count: 2, mem_size_mib: 512 }],
    [
      "PUT /boot-source",
      {
        kernel_image_path: "/k/vmlinux",
        initrd_path: "/r/initrd",
        boot_args:
          "console=ttyS0 quiet reboot=k panic=-1 pci=off i8042.noaux i8042.nomux i8042.dumbkbd cryptomgr.notests mine=1",
      },
    ],
    [
      "PUT /drives/base",
      {
        drive_id: "base",
        path_on_host: "/i/rootfs.ext4",
        is_root_device: false,
        is_read_only: true,
        cache_type: "Writeback",
      },
    ],
    [
      "PUT /drives/work_disk",
      {
        drive_id: "work_disk",
        path_on_host: "/s/work.ext4",
        is_root_device: false,
        is_read_only: false,
        cache_type: "Writeback",
      },
    ],
    ["PUT /network-interfaces/user", { iface_id: "user", host_dev_name: "vm", guest_mac: "02:01:23:45:67:89" }],
    ["PUT /vsock", { guest_cid: 3, uds_path: "/r/vsock.sock" }],
    ["PUT /actions", { action_type: "InstanceStart" }],
  ]);
});

test("what an error calls each of them", () => {
  expect(bootRequests(machine, paths).map(({ subject }) => subject)).toEqual([
    "2 vcpus and 512 MiB of memory",
    "the kernel /k/vmlinux with the initramfs /r/initrd",
    "the drive base (/i/rootfs.ext4)",
    "the drive work-disk (/s/work.ext4)",
    "the network interface user (vm)",
    "the vsock /r/vsock.sock",
    "the start of the machine",
  ]);
});

test("the process: in the namespace of its tap, found by its id", () => {
  const setup = { binary: "/opt/firecracker", marker: "1111-2222", paths };
  const own =
    "/opt/firecracker --id 1111-2222 --api-sock /r/api.sock --log-path /s/vmm.log --level Warning --show-level --metrics-path /s/metrics.log";
  expect(firecrackerArgv({ ...setup, namespace: null }).join(" ")).toBe(own);
  expect(firecrackerArgv({ ...setup, namespace: namespaceOf(machine.nics) }).join(" ")).toBe(
    `nsenter --target 4321 --user --net --preserve-credentials -- ${own}`,
  );
  expect(namespaceOf([{ ...machine.nics[0]!, backend: { kind: "tap", name: "t", bridge: "b" } }])).toBeNull();
});

test("names of drives go on after vdz as the kernel's do", () => {
  expect([0, 1, 25, 26, 51, 52, 701, 702].map(deviceName)).toEqual([
    ...["/dev/vda", "/dev/vdb", "/dev/vdz", "/dev/vdaa", "/dev/vdaz", "/dev/vdba", "/dev/vdzz", "/dev/vdaaa"],
  ]);
});
