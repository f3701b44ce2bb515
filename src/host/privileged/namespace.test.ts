import { expect, test } from "bun:test";
import { closeSync, constants, openSync } from "node:fs";
import { readStartTime } from "../proc.ts";
import { objection } from "./namespace.ts";

const uid = process.getuid!();

test("a process without a namespace of its own, another's, another one of that number, and one that ends meanwhile", async () => {
  const child = Bun.spawn(["sleep", "60"]);
  const startTime = readStartTime(child.pid)!;
  const folder = openSync(`/proc/${child.pid}`, constants.O_RDONLY | constants.O_DIRECTORY);
  const at = (name: string): string => `/proc/self/fd/${folder}/${name}`;
  try {
    expect(objection(at, uid, startTime)).toBe("has no user namespace of its own");
    expect(objection(at, uid + 1, startTime)).toBe("is not the owner's");
    expect(objection(at, uid, startTime + 1)).toBe("is another one now");
    child.kill("SIGKILL");
    await child.exited;
    expect(objection(at, uid, startTime)).toBe("has ended");
  } finally {
    closeSync(folder);
  }
});
