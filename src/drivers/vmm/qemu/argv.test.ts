import { expect, test } from "bun:test";
import type { Machine } from "../../../core/api/drivers.ts";
import { qemuArgv, type QemuSetup } from "./argv.ts";
import { kernelCommandLine } from "./kernel-args.ts";

const machine: Machine = {
  vcpu: 2,
  memoryMiB: 512,
  vmlinux: "/k/vmlinux",
  initrd: "/r/initrd",
  kernelArgs: ["mine=1"],
  drives: [
    { id: "base", path: "/i/rootfs.ext4", readonly: true },
    { id: "root", path: "/s/root.ext4", readonly: false },
  ],
  nics: [{ id: "user", mac: "02:01:23:45:67:89", backend: { kind: "user" } }],
  channel: { name: "banger" },
};
const setup: QemuSetup = {
  binary: "/usr/bin/qemu-system-x86_64",
  accel: "tcg",
  tscKhz: 2_600_000,
  name: "otter.vm",
  marker: "11111111-2222-4333-8444-555555555555",
  sandbox: true,
  paths: { channel: "/r/agent.sock", qmp: "/r/qmp.sock", log: "/s/vmm.log", console: "/s/console.log" },
};
/** The value after an option. */
const after = (option: string, argv: readonly string[]): string | undefined => argv[argv.indexOf(option) + 1];

test("an emulated machine, whole", () => {
  const lines = qemuArgv(machine, setup)
    .join(" ")
    .replaceAll(/ -(?=[a-z])/g, "\n-")
    .split("\n");
  expect(lines).toEqual([
    "/usr/bin/qemu-system-x86_64",
    "-name otter.vm",
    "-uuid 11111111-2222-4333-8444-555555555555",
    "-nodefaults",
    "-no-user-config",
    "-display none",
    "-no-reboot",
    "-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
    "-machine microvm,x-option-roms=off,rtc=on",
    "-accel tcg",
    "-cpu qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+aes,+pclmulqdq,+rdrand",
    "-smp 2",
    "-m 512M",
    "-bios qboot.rom",
    "-kernel /k/vmlinux",
    "-initrd /r/initrd",
    "-append console=ttyS0 quiet reboot=t panic=-1 pci=off cryptomgr.notests no_timer_check tsc=reliable mitigations=off tsc_early_khz=2600000 mine=1",
    "-chardev file,id=console,path=/s/console.log,append=on",
    "-serial chardev:console",
    "-chardev socket,id=qmp,path=/r/qmp.sock,server=on,wait=off",
    "-mon chardev=qmp,mode=control",
    "-drive if=none,id=drive-base,format=raw,file=/i/rootfs.ext4,readonly=on",
    "-device virtio-blk-device,drive=drive-base,serial=base",
    "-drive if=none,id=drive-root,format=raw,file=/s/root.ext4,cache=writeback,discard=unmap,werror=report",
    "-device virtio-blk-device,drive=drive-root,serial=root",
    "-netdev user,id=net0,ipv6=off",
    "-device virtio-net-device,netdev=net0,mac=02:01:23:45:67:89",
    "-device virtio-serial-device,max_ports=2",
    "-chardev socket,id=agent,path=/r/agent.sock,server=on,wait=off",
    "-device virtserialport,chardev=agent,name=banger",
  ]);
});

test("on KVM the guest has the host's CPU and its mitigations, and its clock needs no help", () => {
  const argv = qemuArgv(machine, { ...setup, accel: "kvm" });
  expect([after("-accel", argv), after("-cpu", argv)]).toEqual(["kvm", "host"]);
  expect(after("-append", argv)).toBe("console=ttyS0 quiet reboot=t panic=-1 pci=off cryptomgr.notests mine=1");
});

test("a host that does not tell its counter's frequency", () => {
  expect(kernelCommandLine([], { accel: "tcg", tscKhz: null })).not.toContain("tsc_early_khz");
});

test("no sandbox where QEMU has none; a tap instead of its own network", () => {
  const tap = { id: "tap", mac: "02:00:00:00:00:01", backend: { kind: "tap", name: "bgr0" } } as const;
  const argv = qemuArgv({ ...machine, nics: [tap] }, { ...setup, sandbox: false });
  expect(argv).not.toContain("-sandbox");
  expect(after("-netdev", argv)).toBe("tap,id=net0,ifname=bgr0,script=no,downscript=no");
});

test("a comma in a path does not end it", () => {
  const paths = { channel: "/a,b/agent", qmp: "/a,b/qmp", log: "/a,b/log", console: "/a,b/console" };
  const argv = qemuArgv(
    { ...machine, drives: [{ id: "d", path: "/a,readonly=off/d", readonly: true }] },
    { ...setup, paths },
  );
  expect(after("-drive", argv)).toBe("if=none,id=drive-d,format=raw,file=/a,,readonly=off/d,readonly=on");
  expect(argv.filter((arg) => arg.includes("/a,b"))).toEqual([]);
});

test("no disk's flushes are ever thrown away", () => {
  expect(qemuArgv(machine, setup).join(" ")).not.toMatch(/unsafe|no-flush/);
});
