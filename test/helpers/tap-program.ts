/**
 * Plays the guest at a tap, for test/integration/network.test.ts: carries frames between the tap of the network namespace that it is
 * started in (first argument) and an interface `eth0` that it makes in another one (second argument: its file), until it is killed.
 */
import { ptr } from "bun:ffi";
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { libc } from "../../src/host/libc.ts";

const [sysIoctl, sysSetns] = [16, 308];
const tunSetIff = 0x400454ca;
/** IFF_TAP and IFF_NO_PI. */
const flags = 0x0002 | 0x1000;

const [, , tap = "", namespace = ""] = process.argv;
const outside = openTap(tap);
const file = openSync(namespace, "r");
if (libc.syscall(sysSetns, file, 0, 0, 0) !== 0) throw new Error(`setns ${namespace}`);
closeSync(file);
const inside = openTap("eth0");
console.log("ready");
const frame = new Uint8Array(65536);
for (;;) if (!carry(outside, inside) && !carry(inside, outside)) await Bun.sleep(1);

function openTap(name: string): number {
  const fd = openSync("/dev/net/tun", constants.O_RDWR | constants.O_NONBLOCK);
  const request = Buffer.alloc(40); // struct ifreq: 16 bytes of name, then the flags
  request.write(name);
  request.writeUInt16LE(flags, 16);
  if (libc.syscall(sysIoctl, fd, tunSetIff, ptr(request), 0) !== 0) throw new Error(`TUNSETIFF ${name}`);
  return fd;
}

/** False when there was nothing to carry. An interface that is down loses what is sent to it. */
function carry(from: number, to: number): boolean {
  try {
    const length = readSync(from, frame);
    writeSync(to, frame, 0, length);
    return true;
  } catch {
    return false;
  }
}
