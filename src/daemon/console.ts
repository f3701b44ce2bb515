import { open } from "node:fs/promises";
import { plainText } from "../core/model/plain-text.ts";

const tailBytes = 8192;

/** The agent's own last word on a console (`banger: …`), else the console's last line, without control characters; "" when there is nothing. */
export async function lastConsoleLine(path: string): Promise<string> {
  const file = await open(path, "r").catch(() => null);
  if (file === null) return "";
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - tailBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(tailBytes), 0, tailBytes, start);
    return pickLine(buffer.subarray(0, bytesRead).toString());
  } finally {
    await file.close();
  }
}

/** Pure. The text is the guest's; the line has nothing in it that could steer a terminal. */
export function pickLine(text: string): string {
  const lines = text.split("\n").map(plainText);
  // The kernel prints this on every machine without PCI.
  const said = lines.filter((line) => line !== "" && !line.includes("PCI: Fatal: No config space access function"));
  return (said.findLast((line) => line.includes("banger: ")) ?? said.at(-1) ?? "").slice(0, 300);
}
