import { dlopen, ptr } from "bun:ffi";
import { errno, systemError } from "../libc.ts";

/** What root needs of the C library beside ../libc.ts; import it with import(). Calls block the event loop, so nothing here may wait. */
const c = dlopen("libc.so.6", {
  syscall: { args: ["i64", "i32", "ptr", "ptr", "u64"], returns: "i32" },
  ioctl: { args: ["i32", "u64", "u64"], returns: "i32" },
  mount: { args: ["ptr", "ptr", "ptr", "u64", "ptr"], returns: "i32" },
  umount2: { args: ["ptr", "i32"], returns: "i32" },
  mknod: { args: ["ptr", "u32", "u64"], returns: "i32" },
  fgetxattr: { args: ["i32", "ptr", "ptr", "u64"], returns: "i64" },
  fsetxattr: { args: ["i32", "ptr", "ptr", "u64", "i32"], returns: "i32" },
}).symbols;

function text(value: string): Uint8Array {
  return new TextEncoder().encode(`${value}\0`);
}

function checked(call: string, result: number | bigint): number {
  if (Number(result) < 0) throw systemError(call, errno());
  return Number(result);
}

/** Number of the x86-64 system call; the C library has no wrapper. */
const openat2Number = 437;
/** Below the starting directory, through no symbolic link at all. */
const resolveStrictly = 0x04 | 0x08 | 0x02;

/** Opens a path below a directory, following no link in any component. Close-on-exec; the caller closes it. Throws ELOOP, EXDEV, ENOENT … */
export function openBelow(directory: number, path: string, flags: number): number {
  const how = new BigUint64Array([BigInt(flags | 0o2000000), 0n, BigInt(resolveStrictly)]);
  return checked(`open ${path}`, c.syscall(openat2Number, directory, text(path), how, how.byteLength));
}

export function ioctl(fd: number, request: number, argument: Uint8Array | number): number {
  const value = typeof argument === "number" ? argument : ptr(argument);
  return checked(`ioctl ${request.toString(16)}`, c.ioctl(fd, request, value));
}

/** Shows a file or directory at another place, too. The source is an open descriptor. */
export function bindMount(source: number, target: string): void {
  const bind = 0x1000;
  checked(`mount ${target}`, c.mount(text(`/proc/self/fd/${source}`), text(target), null, bind, null));
}

/** Takes away the mount at exactly that path. False where none is there. */
export function unmount(path: string): boolean {
  const detach = 2;
  const noFollow = 8;
  if (c.umount2(text(path), detach | noFollow) === 0) return true;
  const code = errno();
  if (code === "EINVAL" || code === "ENOENT") return false;
  throw systemError(`unmount ${path}`, code);
}

/** A block device's node, mode 0600 at most. */
export function makeBlockNode(path: string, { major, minor }: DeviceNumber): void {
  const block = 0o060000;
  checked(`mknod ${path}`, c.mknod(text(path), block | 0o600, deviceNumber(major, minor)));
}

export interface DeviceNumber {
  readonly major: number;
  readonly minor: number;
}

/** As Linux packs it. */
function deviceNumber(major: number, minor: number): bigint {
  const [a, i] = [BigInt(major), BigInt(minor)];
  return ((a & 0xfffff000n) << 32n) | ((i & 0xffffff00n) << 12n) | ((a & 0xfffn) << 8n) | (i & 0xffn);
}

const aclName = "system.posix_acl_access";

/** The access control list of an open file as the kernel stores it, or null where its mode says all. */
export function readAcl(fd: number): Uint8Array | null {
  const buffer = new Uint8Array(4096);
  const length = Number(c.fgetxattr(fd, text(aclName), buffer, buffer.length));
  if (length >= 0) return buffer.slice(0, length);
  const code = errno();
  if (code === "ENODATA") return null;
  throw systemError("fgetxattr", code);
}

export function writeAcl(fd: number, acl: Uint8Array): void {
  checked("fsetxattr", c.fsetxattr(fd, text(aclName), acl, acl.length, 0));
}
