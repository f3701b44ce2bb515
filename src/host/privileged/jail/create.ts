import { chownSync, closeSync, fchmodSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { BangerError } from "../../../core/api/errors.ts";
import type { OperationArgs } from "../../../core/privileged/index.ts";
import { jailBase, jailSocketFolder, jailSockets, type JailFile } from "../../../core/privileged/jail.ts";
import { snapshotDevice } from "../dm.ts";
import type { OperationCtx, Principal } from "../index.ts";
import { openOwned, refused, type OwnedFile } from "../owned-file.ts";
import { bindMount, makeBlockNode } from "../syscalls.ts";
import { grantTo, revokeFrom } from "./acl.ts";
import { cgroupLack, emptyCgroup, makeCgroup, removeCgroup } from "./cgroup.ts";
import { folderOf, jails, makeBase, placeOf, programWeakness, readRecord, weakness, writeRecord } from "./place.ts";
import { removeOwnedBy, removeTree, unmountAll } from "./tree.ts";
import { handTapTo } from "./tap.ts";
import { holderOf } from "./uid.ts";

/** Why nothing can be jailed here, or null. */
export function jailLack({ jailer, firecracker }: OperationArgs<"jail.check">): string | null {
  return (
    cgroupLack() ??
    weakness(jailBase) ??
    programWeakness("jailer", jailer) ??
    programWeakness("firecracker", firecracker)
  );
}

export async function createJail(
  { host, principal }: OperationCtx,
  { vm, uid, files, tap, ...rest }: OperationArgs<"jail.create">,
): Promise<void> {
  const lack = jailLack(rest);
  if (lack !== null) throw new BangerError("PRIVILEGE_REFUSED", `nothing can be jailed here: ${lack}`);
  const holder = uid === principal.uid ? "the owner" : await holderOf(host, vm, uid);
  if (holder !== null) {
    throw new BangerError("PRIVILEGE_REFUSED", `the user id ${uid} is no jail's own: ${holder} has it`, {
      hint: "[vmm.firecracker] jail_uids takes another range",
    });
  }
  makeBase();
  if (jails().includes(vm)) throw refused(`the VM ${vm} has a jail already`);
  const { folder, root } = placeOf(vm, rest.firecracker);
  mkdirSync(folder, { mode: 0o700 });
  writeRecord(vm, { uid, jailer: rest.jailer, firecracker: rest.firecracker });
  makeCgroup(vm, rest);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  for (const file of files) place(principal, { vm, uid, root }, file);
  const sockets = openOwned(principal, principal.runtimeDir, `${vm}/${jailSocketFolder}`, { directory: true });
  try {
    // What the jailed process makes in it belongs to the owner's group; the folders above it keep others out.
    fchmodSync(sockets.fd, 0o2770);
    grantTo(sockets.fd, uid, 7);
    mkdirSync(`${root}${jailSockets}`, { mode: 0o700 });
    bindMount(sockets.fd, `${root}${jailSockets}`);
  } finally {
    closeSync(sockets.fd);
  }
  if (tap) handTapTo(vm, uid);
}

interface Cell {
  readonly vm: string;
  readonly uid: number;
  readonly root: string;
}

function place(principal: Principal, { vm, uid, root }: Cell, file: JailFile): void {
  const target = `${root}/${file.name}`;
  if (file.from === "disk") {
    makeBlockNode(target, snapshotDevice(vm));
    chownSync(target, uid, uid);
    return;
  }
  const { fd } = openSource(principal, vm, file);
  try {
    grantTo(fd, uid, file.write ? 6 : 4);
    writeFileSync(target, "", { mode: 0o600, flag: "wx" });
    bindMount(fd, target);
  } finally {
    closeSync(fd);
  }
}

function openSource(principal: Principal, vm: string, { from, write }: JailFile): OwnedFile {
  return from.startsWith("run/")
    ? openOwned(principal, principal.runtimeDir, `${vm}/${from.slice("run/".length)}`, { write })
    : openOwned(principal, principal.stateDir, from, { write });
}

/** Ends what runs in the jail and takes all of it away. */
export async function removeJail(principal: Principal, args: OperationArgs<"jail.remove">): Promise<void> {
  const { vm, uid, files } = args;
  await emptyCgroup(vm);
  const folder = folderOf(vm);
  unmountAll(folder);
  const sockets = `${vm}/${jailSocketFolder}`;
  const openSockets = (): OwnedFile => openOwned(principal, principal.runtimeDir, sockets, { directory: true });
  const record = readRecord(vm);
  // A folder that the jailed process has made there is its own alone: the owner could not take it away.
  if (record !== null) onceOpen(openSockets, (fd) => removeOwnedBy(record.uid, fd));
  removeTree(folder);
  for (const file of files) {
    if (file.from !== "disk")
      onceOpen(
        () => openSource(principal, vm, file),
        (fd) => revokeFrom(fd, uid),
      );
  }
  onceOpen(openSockets, (fd) => revokeFrom(fd, uid));
  await removeCgroup(vm);
  // With the last jail; others are in it else, or it was never made, or it is the service's own.
  for (const path of [jailBase, dirname(jailBase)]) {
    try {
      rmdirSync(path);
    } catch {
      return;
    }
  }
}

/** A file that is gone or is another one now is none of the jail's. */
function onceOpen(open: () => OwnedFile, act: (fd: number) => void): void {
  let file: OwnedFile;
  try {
    file = open();
  } catch (error) {
    if (error instanceof BangerError && ["FILE_NOT_FOUND", "PRIVILEGE_REFUSED"].includes(error.code)) return;
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  try {
    act(file.fd);
  } finally {
    closeSync(file.fd);
  }
}
