import { dlopen, type Pointer, toArrayBuffer } from "bun:ffi";
import { constants, openSync, writeSync } from "node:fs";
import { errno } from "./libc.ts";
import { withMachineCode } from "./machine-code.ts";

/** What the probe prints, as one line of JSON. */
export interface KvmProbe {
  readonly usable: boolean;
  /** The step that failed and how (`KVM_CREATE_VM: ENOMEM`); empty when it is usable. */
  readonly failure: string;
}

/** Of linux/kvm.h, x86-64. */
const kvm = {
  getApiVersion: 0xae00,
  createVm: 0xae01,
  getVcpuMmapSize: 0xae04,
  createVcpu: 0xae41,
  setTssAddr: 0xae47,
  setUserMemoryRegion: 0x4020ae46,
  run: 0xae80,
  setRegs: 0x4090ae82,
  getSregs: 0x8138ae83,
  setSregs: 0x4138ae84,
} as const;
const apiVersion = 12;
const exitHlt = 5;
const exitNames: Readonly<Record<number, string>> = {
  0: "unknown",
  6: "mmio",
  8: "shutdown",
  9: "fail entry",
  10: "interrupted",
  17: "internal error",
};

const readWrite = 3;
const shared = 1;
const sharedAnonymous = 0x21;

/** The guest's memory: a page of code, then three of page tables that map the first 2 MiB to themselves. */
const layout = { code: 0x1000, pml4: 0x2000, pdpt: 0x3000, pd: 0x4000, bytes: 0x5000 } as const;
const presentWritable = 3n;
const presentWritableLarge = 0x83n;
const tssAddress = 0xfffbd000;

/** dec ecx; jnz to the dec; then hlt for the guest, ret for us. */
const loop = [0xff, 0xc9, 0x75, 0xfc];
const hlt = 0xf4;
const ret = 0xc3;
/** Rounds of the loop: 10 µs on a processor of today. */
const rounds = 30_000;
const tries = 3;
/** How much slower the guest's loop may be: by this factor, and by this many milliseconds for entering and leaving the guest. */
const allowance = { factor: 20, ms: 1 };
/** Slower than that is no matter of a busy host: what lies between is looked at again, that often. */
const doubt = { factor: 1000, looks: 20 };

/**
 * Runs a small guest in this process: 64-bit code at the highest privilege, as kernels are, that counts down and halts. A vcpu "runs"
 * when that takes about as long as the same code takes here: there are hosts whose KVM interprets such code, a thousand times slower, so
 * that no guest ever gets through its boot. A broken KVM may hang or kill the process: it is to be the short-lived child that
 * Host.kvm starts, and prints its findings there.
 * @returns the exit status, 0 whatever the findings are
 */
export function kvmProbeMain(print: (line: string) => void = (line) => void writeSync(1, line)): number {
  print(`${JSON.stringify(probe())}\n`);
  return 0;
}

function probe(): KvmProbe {
  try {
    const guest = makeGuest();
    guest(1);
    const hostMs = withMachineCode([0x89, 0xf9, ...loop, ret], { args: ["i32"], returns: "void" }, (count) =>
      fastest(() => count(rounds)),
    );
    let guestMs = fastest(() => guest(rounds));
    for (let look = 1; look < doubt.looks && isDoubtful(guestMs, hostMs); look++) {
      guestMs = Math.min(
        guestMs,
        fastest(() => guest(rounds)),
      );
    }
    return verdict(guestMs, hostMs);
  } catch (error) {
    return { usable: false, failure: (error as Error).message };
  }
}

/** Pure. */
export function isDoubtful(guestMs: number, hostMs: number): boolean {
  return !verdict(guestMs, hostMs).usable && guestMs < hostMs * doubt.factor;
}

/** Pure. */
export function verdict(guestMs: number, hostMs: number): KvmProbe {
  if (guestMs <= hostMs * allowance.factor + allowance.ms) return { usable: true, failure: "" };
  const factor = Number((guestMs / hostMs).toPrecision(1));
  return { usable: false, failure: `its code is interpreted, about ${factor} times slower than the processor` };
}

function fastest(run: () => void): number {
  return Math.min(
    ...Array.from({ length: tries }, () => {
      const start = performance.now();
      run();
      return performance.now() - start;
    }),
  );
}

/** Makes a VM with one vcpu; each call of what is returned runs its loop once. All of it ends with the process. */
function makeGuest(): (rounds: number) => void {
  const { ioctl: call, mmap } = dlopen("libc.so.6", {
    ioctl: { args: ["i32", "u64", "ptr"], returns: "i32" },
    mmap: { args: ["u64", "u64", "i32", "i32", "i32", "i64"], returns: "ptr" },
  }).symbols;
  const ioctl = (fd: number, name: keyof typeof kvm, argument: Pointer | NodeJS.TypedArray | null = null): number => {
    const result = call(fd, kvm[name], argument);
    if (result < 0) throw new Error(`${ioctlName(name)}: ${errno()}`);
    return result;
  };
  const map = (bytes: number, flags: number, fd: number): { address: Pointer; view: DataView } => {
    const address = mmap(0, bytes, readWrite, flags, fd, 0);
    if (typeof address !== "number" || address < 0) throw new Error(`mmap: ${errno()}`);
    return { address, view: new DataView(toArrayBuffer(address, 0, bytes)) };
  };

  const device = openSync("/dev/kvm", constants.O_RDWR);
  const version = ioctl(device, "getApiVersion");
  if (version !== apiVersion) throw new Error(`KVM_GET_API_VERSION: ${version}, not ${apiVersion}`);
  const vm = ioctl(device, "createVm");
  ioctl(vm, "setTssAddr", tssAddress as Pointer);
  const memory = map(layout.bytes, sharedAnonymous, -1);
  [...loop, hlt].forEach((byte, index) => memory.view.setUint8(layout.code + index, byte));
  memory.view.setBigUint64(layout.pml4, BigInt(layout.pdpt) | presentWritable, true);
  memory.view.setBigUint64(layout.pdpt, BigInt(layout.pd) | presentWritable, true);
  memory.view.setBigUint64(layout.pd, presentWritableLarge, true);
  // struct kvm_userspace_memory_region: slot and flags, guest address, size, our address
  ioctl(vm, "setUserMemoryRegion", new BigUint64Array([0n, 0n, BigInt(layout.bytes), BigInt(memory.address)]));
  const vcpu = ioctl(vm, "createVcpu");
  const state = map(ioctl(device, "getVcpuMmapSize"), shared, vcpu).view;

  const sregs = new Uint8Array(sregsBytes);
  ioctl(vcpu, "getSregs", sregs);
  enterLongMode(new DataView(sregs.buffer));
  ioctl(vcpu, "setSregs", sregs);
  return (count) => {
    const regs = new BigUint64Array(regsBytes / 8);
    [regs[regsAt.rcx], regs[regsAt.rip], regs[regsAt.rflags]] = [BigInt(count), BigInt(layout.code), 2n];
    ioctl(vcpu, "setRegs", regs);
    ioctl(vcpu, "run");
    const reason = state.getUint32(exitReasonAt, true);
    if (reason !== exitHlt) throw new Error(`KVM_RUN ended with ${exitNames[reason] ?? `exit reason ${reason}`}`);
  };
}

/** struct kvm_regs: indices of 64-bit words. */
const regsAt = { rcx: 2, rip: 16, rflags: 17 } as const;
const regsBytes = 144;
/** struct kvm_run: exit_reason. */
const exitReasonAt = 8;
/** struct kvm_sregs: offsets. Segments have 24 bytes: base, limit, selector, then single bytes. */
const sregsAt = { cs: 0, others: [24, 48, 72, 96, 120], cr0: 224, cr3: 240, cr4: 248, efer: 264 } as const;
const sregsBytes = 312;

/** Flat 64-bit segments, paging on. */
function enterLongMode(sregs: DataView): void {
  const segment = (at: number, selector: number, type: number, long: 0 | 1): void => {
    sregs.setBigUint64(at, 0n, true);
    sregs.setUint32(at + 8, 0xffffffff, true);
    sregs.setUint16(at + 12, selector, true);
    // type, present, dpl, db, s, l, g, avl, unusable
    [type, 1, 0, 1 - long, 1, long, 1, 0, 0].forEach((value, index) => sregs.setUint8(at + 14 + index, value));
  };
  segment(sregsAt.cs, 8, 11, 1);
  for (const at of sregsAt.others) segment(at, 16, 3, 0);
  sregs.setBigUint64(sregsAt.cr0, 0x80000011n, true); // PG, ET, PE
  sregs.setBigUint64(sregsAt.cr3, BigInt(layout.pml4), true);
  sregs.setBigUint64(sregsAt.cr4, 0x20n, true); // PAE
  sregs.setBigUint64(sregsAt.efer, 0x500n, true); // LMA, LME
}

/** `setTssAddr` → `KVM_SET_TSS_ADDR` */
function ioctlName(name: string): string {
  return `KVM_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
