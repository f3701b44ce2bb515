import { dlopen, ptr } from "bun:ffi";
import { writeFileSync } from "node:fs";
import { errno, systemError } from "./libc.ts";

/** What a program may have that is bounded from its very first instruction. */
export interface Bounds {
  /** Private writable memory, what the runtime sets aside included. */
  readonly memoryBytes: number;
  /** Who must be its parent: the program ends with that process, however it ends. */
  readonly parent: number;
}

const prlimitNumber = 302;
const parentDeathSignal = 1;
const kill = 9;
const limits = { data: 2, core: 4 } as const;

/**
 * Becomes another program that is bounded: same process, same descriptors, same environment. The runtime sets memory aside by the limit
 * that it finds at its start, so the limit must be there before it. Returns only by throwing.
 */
export function become([program, ...rest]: readonly [string, ...string[]], { memoryBytes, parent }: Bounds): never {
  const c = dlopen("libc.so.6", {
    syscall: { args: ["i64", "i64", "i64", "ptr", "ptr"], returns: "i64" },
    prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" },
    getppid: { args: [], returns: "i32" },
    execv: { args: ["ptr", "ptr"], returns: "i32" },
  }).symbols;
  if (c.prctl(parentDeathSignal, kill, 0, 0, 0) !== 0) throw systemError("prctl", errno());
  if (c.getppid() !== parent) throw new Error("who started this is gone");
  const limit = (what: number, bytes: number): void => {
    const both = new BigUint64Array([BigInt(bytes), BigInt(bytes)]);
    if (Number(c.syscall(prlimitNumber, 0, what, both, null)) !== 0) throw systemError("prlimit", errno());
  };
  limit(limits.data, memoryBytes);
  limit(limits.core, 0);
  // Where memory is short all the same, this one goes before guests and daemon do. Nothing stands on it.
  try {
    writeFileSync("/proc/self/oom_score_adj", "1000");
  } catch {
    // Some containers don't let it.
  }
  const words = [program, ...rest].map((word) => new TextEncoder().encode(`${word}\0`));
  const pointers = new BigUint64Array([...words.map((word) => BigInt(ptr(word))), 0n]);
  c.execv(words[0]!, pointers);
  throw systemError(`exec ${program}`, errno());
}
