import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  unlinkSync,
} from "node:fs";
import { BangerError } from "../../core/api/errors.ts";
import type { Host } from "../../core/api/host.ts";
import { dmName } from "../../core/privileged/shapes.ts";
import { dmFolder, dmNode } from "../../core/privileged/storage.ts";
import { baseTable, snapshotTable } from "./dm-table.ts";
import { findLoop } from "./loop.ts";
import { refused } from "./owned-file.ts";
import { makeBlockNode, type DeviceNumber } from "./syscalls.ts";
import { untilGone } from "./until-gone.ts";

/** A device of the device-mapper, by its name. */
interface Device extends DeviceNumber {
  readonly name: string;
  readonly uuid: string;
}

/** The mark: who made a device is in its UUID, which is given when it is made and never changes. */
const uuidOf = (name: string): string => `BANGER-${name}`;
const baseName = (vm: string): string => `${dmName(vm)}-base`;

/** Makes the VM's disk from its loop devices. Returns the node's path; the owner, and nobody else, may open it. */
export async function createSnapshot(
  { host, uid }: { readonly host: Host; readonly uid: number },
  vm: string,
  sizeBytes: number,
): Promise<string> {
  const [base, cow] = [findLoop(vm, "base"), findLoop(vm, "cow")];
  if (base === null || cow === null) throw refused(`the VM ${vm} has no loop devices of its own`);
  for (const name of [dmName(vm), baseName(vm)])
    if (findDevice(name) !== null) throw new BangerError("COMMAND_FAILED", `there is a device ${name} already`);
  const sizes = { baseBytes: base.bytes, sizeBytes };
  const origin = await create(host, baseName(vm), baseTable({ ...sizes, base: base.number }), true);
  const at = `${origin.major}:${origin.minor}`;
  const disk = await create(host, dmName(vm), snapshotTable({ ...sizes, origin: at, cow: cow.number }), false);
  const path = dmNode(vm);
  mkdirSync(dmFolder, { recursive: true, mode: 0o711 });
  chmodSync(dmFolder, 0o711);
  makeBlockNode(path, disk);
  chownSync(path, uid, -1);
  return path;
}

/**
 * Resolves when both devices and the node are gone. Nodes go first: a device's number is another's as soon as it is free, and what has the
 * old number would open that one.
 * @param jailed the VMs that have jails, with nodes of their own in them: theirs stay. Throws PRIVILEGE_REFUSED.
 */
export async function removeSnapshot(host: Host, vm: string, jailed: readonly string[]): Promise<void> {
  const names = [dmName(vm), baseName(vm)];
  for (const name of names) findDevice(name);
  if (jailed.includes(vm)) throw refused(`the disk of the VM ${vm} is in its jail`);
  if (lstatSync(dmFolder, { throwIfNoEntry: false })?.isDirectory() === true) retireNode(dmNode(vm));
  for (const name of names) {
    await untilGone(`the device ${name}`, async () => {
      if (findDevice(name) === null) return true;
      try {
        await host.run(["dmsetup", "remove", name]);
      } catch (error) {
        const busy = error instanceof BangerError && error.detail.some((line) => /busy/i.test(line));
        if (!busy && findDevice(name) !== null) throw error;
      }
      return findDevice(name) === null;
    });
  }
  // With the last one.
  unlessGone(() => rmdirSync(dmFolder));
}

/**
 * Takes a node away, and before that its owner's right to it: who holds the node itself, not the device, could still open by it whatever
 * has the number later. Gone already is fine.
 */
export function retireNode(path: string): void {
  unlessGone(() => {
    lchownSync(path, process.geteuid!(), -1);
    // Bounds an access control list, too.
    chmodSync(path, 0);
    unlinkSync(path);
  });
}

function unlessGone(remove: () => void): void {
  try {
    remove();
  } catch (error) {
    if (!["ENOENT", "ENOTEMPTY"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

/** The VM's disk; throws FILE_NOT_FOUND. */
export function snapshotDevice(vm: string): DeviceNumber {
  const device = findDevice(dmName(vm));
  if (device === null) throw new BangerError("FILE_NOT_FOUND", `the VM ${vm} has no device ${dmName(vm)}`);
  return device;
}

async function create(host: Host, name: string, table: string, readOnly: boolean): Promise<Device> {
  const argv = ["dmsetup", "create", name, "--uuid", uuidOf(name), ...(readOnly ? ["--readonly"] : [])];
  await host.run(argv as [string, ...string[]], { input: table });
  const device = findDevice(name);
  if (device === null) throw new BangerError("COMMAND_FAILED", `dmsetup made no device ${name}`);
  return device;
}

/** Throws PRIVILEGE_REFUSED for a device of that name that is not ours. */
function findDevice(name: string): Device | null {
  for (const block of readdirSync("/sys/block")) {
    if (!block.startsWith("dm-") || read(`${block}/dm/name`) !== name) continue;
    const uuid = read(`${block}/dm/uuid`) ?? "";
    if (uuid !== uuidOf(name)) throw refused(`the device ${name} is not banger's`);
    const [major, minor] = (read(`${block}/dev`) ?? "").split(":").map(Number) as [number, number];
    return { name, uuid, major, minor };
  }
  return null;
}

function read(path: string): string | null {
  try {
    return readFileSync(`/sys/block/${path}`, "utf8").trim();
  } catch (error) {
    if (["ENOENT", "ENXIO", "ENODEV"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}
