import { closeSync, constants, openSync, readFileSync } from "node:fs";
import { tapName } from "../../../core/privileged/shapes.ts";
import { refused } from "../owned-file.ts";
import { ioctl } from "../syscalls.ts";

// Numbers of <linux/if_tun.h>.
const setInterface = 0x400454ca;
const setOwner = 0x400454cc;
const tapWithoutHeader = 0x0002 | 0x1000;
/** struct ifreq: the name in 16 octets, then the flags. */
const requestBytes = 40;

/** Lets that user id, and nobody else, attach to the VM's tap. */
export function handTapTo(vm: string, uid: number): void {
  const name = tapName(vm);
  if (!aliasOf(name).startsWith("banger ")) throw refused(`the interface ${name} is not banger's`);
  const request = new Uint8Array(requestBytes);
  new TextEncoder().encodeInto(name, request);
  new DataView(request.buffer).setUint16(16, tapWithoutHeader, true);
  const tun = openSync("/dev/net/tun", constants.O_RDWR);
  try {
    ioctl(tun, setInterface, request);
    ioctl(tun, setOwner, uid);
  } finally {
    closeSync(tun);
  }
}

function aliasOf(name: string): string {
  try {
    return readFileSync(`/sys/class/net/${name}/ifalias`, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
