import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { isCalled, jailBase, type JailProgram } from "../../../core/privileged/jail.ts";

/** What root wrote down of a jail when it made it. */
export interface JailRecord {
  readonly uid: number;
  readonly jailer: string;
  readonly firecracker: string;
  /** Of the host when it was made: afterwards the numbers of its devices are others'. */
  readonly bootId: string;
}

export function hostBoot(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

export interface JailPlace {
  /** Everything of the jail. */
  readonly folder: string;
  /** What the jailed process sees as `/`. */
  readonly root: string;
}

/** Pure: the jailer derives the root's path from the program's name and the VM's id. */
export function placeOf(vm: string, firecracker: string): JailPlace {
  const folder = folderOf(vm);
  return { folder, root: `${folder}/${basename(firecracker)}/${vm}/root` };
}

export function folderOf(vm: string): string {
  return `${jailBase}/${vm}`;
}

const recordOf = (vm: string): string => `${folderOf(vm)}/jail.json`;

export function writeRecord(vm: string, record: Omit<JailRecord, "bootId">): void {
  const whole: JailRecord = { ...record, bootId: hostBoot() };
  writeFileSync(recordOf(vm), JSON.stringify(whole), { mode: 0o600, flag: "wx" });
}

/** null where there is no jail, or one that was not made to its end. */
export function readRecord(vm: string): JailRecord | null {
  try {
    return JSON.parse(readFileSync(recordOf(vm), "utf8")) as JailRecord;
  } catch {
    return null;
  }
}

/** The VMs that have jails. */
export function jails(): readonly string[] {
  return existsSync(jailBase) ? readdirSync(jailBase) : [];
}

/** Makes the folder of all jails; throws unless it and all above it are root's alone. */
export function makeBase(): void {
  mkdirSync(jailBase, { recursive: true, mode: 0o700 });
}

/** Why others than root could change what the path leads to, or null. Parts that are missing are nobody's yet. */
export function weakness(path: string): string | null {
  const above = path === "/" ? null : weakness(dirname(path));
  if (above !== null) return above;
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  if (stat.isSymbolicLink()) return `${path} is a symbolic link`;
  if (stat.uid !== 0) return `${path} belongs to user ${stat.uid}, not to root`;
  return (stat.mode & 0o022) === 0 ? null : `others than root can write to ${path}`;
}

/** Why root must not run or copy what is said to be that program, or null. The path itself may be a link of root's. */
export function programWeakness(name: JailProgram, path: string): string | null {
  if (!isCalled(name, path)) return `${path} is not called ${name}`;
  const link = weakness(dirname(path));
  if (link !== null) return link;
  let real: string;
  try {
    real = realpathSync(path);
  } catch {
    return `there is no ${path}`;
  }
  if (!isCalled(name, real)) return `${path} leads to ${real}, which is not called ${name}`;
  return weakness(real) ?? (lstatSync(real).isFile() ? null : `${path} is not a file`);
}
