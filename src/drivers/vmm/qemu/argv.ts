import type { Drive, Nic } from "../../../core/api/contributions.ts";
import type { Machine } from "../../../core/api/drivers.ts";
import { kernelCommandLine } from "./kernel-args.ts";
import type { QemuPaths } from "./paths.ts";

export interface QemuSetup {
  readonly binary: string;
  readonly accel: "kvm" | "tcg";
  /** See Host.tscKhz. */
  readonly tscKhz: number | null;
  /** Shown by ps. */
  readonly name: string;
  /** A UUID chosen before the start: a later daemon finds the process by it. */
  readonly marker: string;
  /** Whether this QEMU can give up system calls. */
  readonly sandbox: boolean;
  readonly paths: QemuPaths;
}

/** QEMU's command line for a machine. Pure. */
export function qemuArgv(machine: Machine, setup: QemuSetup): [string, ...string[]] {
  const { paths, accel } = setup;
  return [
    setup.binary,
    ...["-name", comma(setup.name), "-uuid", setup.marker],
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    // Costs nothing that can be measured.
    ...(setup.sandbox ? ["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"] : []),
    // The clock chip's probe takes 4 s under KVM without rtc=on, 2 s in emulation without the chip.
    ...["-machine", "microvm,x-option-roms=off,rtc=on"],
    ...["-accel", accel, "-cpu", cpu[accel]],
    ...["-smp", String(machine.vcpu), "-m", `${machine.memoryMiB}M`],
    // qboot and the ELF kernel's PVH entry: 200 ms less than the default firmware with a compressed kernel.
    ...["-bios", "qboot.rom", "-kernel", machine.vmlinux, "-initrd", machine.initrd],
    ...["-append", kernelCommandLine(machine.kernelArgs, setup)],
    ...["-chardev", `file,id=console,path=${comma(paths.console)},append=on`, "-serial", "chardev:console"],
    ...["-chardev", `socket,id=qmp,path=${comma(paths.qmp)},server=on,wait=off`, "-mon", "chardev=qmp,mode=control"],
    ...machine.drives.flatMap((drive) => driveArgs(drive)),
    ...machine.nics.flatMap(nicArgs),
    // One port more than is used: number 0 is the console's.
    ...["-device", "virtio-serial-device,max_ports=2"],
    ...["-chardev", `socket,id=agent,path=${comma(paths.channel)},server=on,wait=off`],
    ...["-device", `virtserialport,chardev=agent,name=${comma(machine.channel.name)}`],
  ];
}

const cpu = {
  kvm: "host",
  // What x86-64-v2 asks for, and RDRAND, without which sshd waits a second for entropy. `max` costs 12 % of the boot.
  tcg: "qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+aes,+pclmulqdq,+rdrand",
} as const;

/** QEMU's own name for a drive. Pure. */
export function driveName(id: string): string {
  return `drive-${id}`;
}

function driveArgs({ id, path, readonly }: Drive): readonly string[] {
  // Writes may rest in the host's page cache, but a guest's flush is passed on. What the guest discards becomes a hole. A full disk of
  // the host is an error in the guest: QEMU would halt the guest without a word.
  const write = readonly ? "readonly=on" : "cache=writeback,discard=unmap,werror=report";
  return [
    ...["-drive", `if=none,id=${driveName(comma(id))},format=raw,file=${comma(path)},${write}`],
    ...["-device", `virtio-blk-device,drive=${driveName(comma(id))},serial=${comma(id)}`],
  ];
}

function nicArgs({ mac, backend }: Nic, index: number): readonly string[] {
  const kind = backend.kind === "user" ? "user" : "tap";
  const options = backend.kind === "user" ? "ipv6=off" : `ifname=${comma(backend.name)},script=no,downscript=no`;
  return [
    ...["-netdev", `${kind},id=net${index},${options}`],
    ...["-device", `virtio-net-device,netdev=net${index},mac=${comma(mac)}`],
  ];
}

/** A comma ends an option's value unless it is doubled. */
function comma(value: string): string {
  return value.replaceAll(",", ",,");
}
