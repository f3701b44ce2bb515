import { closeSync, constants, openSync, readdirSync, readFileSync } from "node:fs";
import { BangerError } from "../../core/api/errors.ts";
import { loopMark, type LoopRole } from "../../core/privileged/storage.ts";
import { ioctl } from "./syscalls.ts";
import { untilGone } from "./until-gone.ts";

// Numbers and shapes of <linux/loop.h>.
const getFree = 0x4c82;
const configure = 0x4c0a;
const clear = 0x4c01;
const getStatus = 0x4c05;
/** struct loop_config: u32 fd, u32 block size, struct loop_info64, u64[8]. */
const configBytes = 304;
/** struct loop_info64: five u64, five u32 of which the fourth is the flags, then the file's name in 64 octets. */
const info = { bytes: 232, at: 8, flags: 52, name: 56, nameBytes: 64 };
const readOnlyFlag = 1;

export interface Loop {
  readonly path: string;
  /** `MAJOR:MINOR` */
  readonly number: string;
  readonly bytes: number;
}

/** A free loop device takes the open file, under the VM's mark. One that has the mark already is an error: it would be found in its place. */
export function attachLoop(vm: string, role: LoopRole, file: number): Loop {
  if (findLoop(vm, role) !== null)
    throw new BangerError("COMMAND_FAILED", `the VM ${vm} has a loop device for its ${role} already`);
  const readOnly = role === "base";
  const control = openSync("/dev/loop-control", constants.O_RDWR);
  try {
    // Another program may take the free one first.
    for (let attempt = 0; ; attempt++) {
      const path = `/dev/loop${ioctl(control, getFree, 0)}`;
      const device = openSync(path, readOnly ? constants.O_RDONLY : constants.O_RDWR);
      try {
        ioctl(device, configure, loopConfig(file, loopMark(vm, role), readOnly));
        return describe(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EBUSY" || attempt === 16) throw error;
      } finally {
        closeSync(device);
      }
    }
  } finally {
    closeSync(control);
  }
}

function loopConfig(file: number, mark: string, readOnly: boolean): Uint8Array {
  const bytes = new Uint8Array(configBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, file, true);
  view.setUint32(info.at + info.flags, readOnly ? readOnlyFlag : 0, true);
  new TextEncoder().encodeInto(mark, bytes.subarray(info.at + info.name, info.at + info.name + info.nameBytes - 1));
  return bytes;
}

/** The loop device with the VM's mark, or null. */
export function findLoop(vm: string, role: LoopRole): Loop | null {
  const wanted = loopMark(vm, role);
  for (const name of readdirSync("/sys/block")) {
    if (!/^loop\d+$/.test(name) || read(`${name}/loop/backing_file`) === null) continue;
    const path = `/dev/${name}`;
    if (markOf(path) === wanted) return describe(path);
  }
  return null;
}

/** Resolves when the VM has no such device. One that is in use lets go of its file when its last user does, which is waited for. */
export async function detachLoop(vm: string, role: LoopRole): Promise<void> {
  await untilGone(`the loop device for the ${role} of ${vm}`, () => {
    const loop = findLoop(vm, role);
    if (loop === null) return true;
    const device = openSync(loop.path, constants.O_RDONLY);
    try {
      ioctl(device, clear, 0);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENXIO") return true;
      if (code !== "EBUSY") throw error;
    } finally {
      closeSync(device);
    }
    return findLoop(vm, role) === null;
  });
}

function markOf(path: string): string | null {
  let device: number;
  try {
    device = openSync(path, constants.O_RDONLY);
  } catch (error) {
    if (["ENXIO", "ENOENT", "EBUSY"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
  try {
    const status = new Uint8Array(info.bytes);
    ioctl(device, getStatus, status);
    const name = status.subarray(info.name, info.name + info.nameBytes);
    return new TextDecoder().decode(name.subarray(0, Math.max(name.indexOf(0), 0)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENXIO") return null;
    throw error;
  } finally {
    closeSync(device);
  }
}

function describe(path: string): Loop {
  const name = path.slice("/dev/".length);
  const [number, sectors] = [read(`${name}/dev`), read(`${name}/size`)];
  if (number === null || sectors === null) throw new BangerError("COMMAND_FAILED", `${path} went away`);
  return { path, number, bytes: Number(sectors) * 512 };
}

function read(path: string): string | null {
  try {
    return readFileSync(`/sys/block/${path}`, "utf8").trim();
  } catch (error) {
    if (["ENOENT", "ENXIO", "ENODEV"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}
