import { readdirSync, readFileSync, statSync } from "node:fs";
import type { Host } from "../../../core/api/host.ts";
import { processesOf } from "./cgroup.ts";
import { jails, readRecord } from "./place.ts";

/** One range of `/etc/subuid` or `/etc/subgid`. */
export interface IdRange {
  readonly name: string;
  readonly first: number;
  readonly count: number;
}

/** Lines of `name:first:count`; others say nothing. Pure. */
export function parseSubordinate(text: string): readonly IdRange[] {
  return text.split("\n").flatMap((line) => {
    const found = /^([^:#]+):(\d+):(\d+)$/.exec(line.trim());
    return found === null ? [] : [{ name: found[1]!, first: Number(found[2]), count: Number(found[3]) }];
  });
}

/**
 * Who has that number already, as a user or a group, for people; null when nobody has. Whoever had it could do with the jailed process as
 * he likes, and it with his files.
 */
export async function holderOf(host: Host, vm: string, uid: number): Promise<string | null> {
  for (const database of ["passwd", "group"]) {
    const { code, stdout } = await host.run(["getent", database, String(uid)], { okCodes: [0, 2] });
    if (code === 0) return `the ${database === "passwd" ? "user" : "group"} ${stdout.split(":", 1)[0]}`;
  }
  for (const path of ["/etc/subuid", "/etc/subgid"]) {
    const range = parseSubordinate(read(path)).find(({ first, count }) => uid >= first && uid < first + count);
    if (range !== undefined) return `${range.name}, in ${path}`;
  }
  for (const other of jails()) if (other !== vm && readRecord(other)?.uid === uid) return `the jail of ${other}`;
  const own = new Set(processesOf(vm));
  for (const name of readdirSync("/proc"))
    if (/^\d+$/.test(name) && !own.has(Number(name)) && ownerOf(`/proc/${name}`) === uid) return `the process ${name}`;
  return null;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

function ownerOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.uid ?? null;
}
