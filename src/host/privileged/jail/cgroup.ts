import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { untilGone } from "../until-gone.ts";

const mount = "/sys/fs/cgroup";
/** Of all jails; it is there as long as there are any. */
const parent = "banger";
const controllers = ["cpu", "memory", "pids"] as const;

/** What Firecracker needs beside its guest's memory, in MiB: its own is 5; the rest is for page cache and buffers. */
const overheadMiB = 128;
/** Threads of Firecracker beside those of the vcpus; with some to spare. */
const overheadThreads = 16;
/** Microseconds in which a quota may be used up. */
const periodUs = 100_000;

export interface Limits {
  readonly vcpu: number;
  readonly memoryMiB: number;
}

/** Why no cgroup can be made here, or null. */
export function cgroupLack(): string | null {
  const path = `${mount}/cgroup.controllers`;
  if (!existsSync(path)) return "the host has no cgroup v2 at /sys/fs/cgroup";
  const there = new Set(readFileSync(path, "utf8").trim().split(" "));
  const missing = controllers.filter((name) => !there.has(name));
  return missing.length === 0 ? null : `the host's cgroups have no controller ${missing.join(", ")}`;
}

/** Relative to the mount, as the jailer takes it. Pure. */
export function cgroupOf(vm: string): string {
  return `${parent}/${vm}`;
}

const pathOf = (vm: string): string => `${mount}/${cgroupOf(vm)}`;

/** The cgroup's files and what is written to them: one vcpu's worth of time more than the guest has, for its devices. Pure. */
export function limitFiles({ vcpu, memoryMiB }: Limits): readonly (readonly [string, string])[] {
  return [
    ["memory.max", String((memoryMiB + overheadMiB) * 2 ** 20)],
    ["cpu.max", `${(vcpu + 1) * periodUs} ${periodUs}`],
    ["cpu.weight", String(Math.min(vcpu * 100, 10_000))],
    ["pids.max", String(vcpu + overheadThreads)],
  ];
}

/** Makes the VM's cgroup with its limits. */
export function makeCgroup(vm: string, limits: Limits): void {
  const enable = controllers.map((name) => `+${name}`).join(" ");
  writeFileSync(`${mount}/cgroup.subtree_control`, enable);
  mkdirSync(`${mount}/${parent}`, { recursive: true });
  writeFileSync(`${mount}/${parent}/cgroup.subtree_control`, enable);
  mkdirSync(pathOf(vm));
  for (const [file, value] of limitFiles(limits)) writeFileSync(`${pathOf(vm)}/${file}`, value);
}

/** Nothing where the process is dead already. */
export function enterCgroup(vm: string, pid: number): void {
  try {
    writeFileSync(`${pathOf(vm)}/cgroup.procs`, String(pid));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Ids of the processes in the VM's cgroup. */
export function processesOf(vm: string): readonly number[] {
  try {
    return readFileSync(`${pathOf(vm)}/cgroup.procs`, "utf8")
      .split("\n")
      .filter(Boolean)
      .map(Number);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** Kills everything in the VM's cgroup, what it starts meanwhile included, and resolves when it is empty. */
export async function emptyCgroup(vm: string): Promise<void> {
  await untilGone(`the cgroup of ${vm}`, () => {
    if (processesOf(vm).length === 0) return true;
    try {
      // Since Linux 5.14.
      writeFileSync(`${pathOf(vm)}/cgroup.kill`, "1", { flag: "r+" });
    } catch (error) {
      if (!isGone(error)) throw error;
      for (const pid of processesOf(vm)) kill(pid);
    }
    return processesOf(vm).length === 0;
  });
}

/** Removes the VM's cgroup, and the one of all jails with the last; gone already is fine. */
export async function removeCgroup(vm: string): Promise<void> {
  await emptyCgroup(vm);
  // Processes that are dead and not yet gone still count.
  await untilGone(`the cgroup of ${vm}`, () => removed(pathOf(vm)));
  removed(`${mount}/${parent}`);
}

function removed(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if (isGone(error)) return true;
    if (["EBUSY", "ENOTEMPTY"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function isGone(error: unknown): boolean {
  return ["ENOENT", "ENODEV"].includes((error as NodeJS.ErrnoException).code ?? "");
}
