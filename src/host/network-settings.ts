import { readFileSync, writeFileSync } from "node:fs";

/** Settings of the kernel's network by their path below /proc/sys/net, as numbers; null where there is no such thing. */
export function readSetting(path: string): number | null {
  try {
    return Number(readFileSync(`/proc/sys/net/${path}`, "utf8"));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Does nothing where there is no such thing: an interface that went away, a kernel without IPv6. */
export function writeSetting(path: string, value: number): void {
  try {
    writeFileSync(`/proc/sys/net/${path}`, `${value}\n`);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function isMissing(error: unknown): boolean {
  return ["ENOENT", "ENODEV"].includes((error as NodeJS.ErrnoException).code ?? "");
}
