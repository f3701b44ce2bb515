import { open } from "node:fs/promises";

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

/** Pure. The text is the guest's: whatever could steer a terminal is taken out. */
export function pickLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  const lines = text.split("\n").map((line) => line.replaceAll(/\x1b\[[0-9;?]*[a-zA-Z]|[\x00-\x1f\x7f-\x9f]/g, "").trim());
  const said = lines.filter((line) => line !== "");
  return (said.findLast((line) => line.includes("banger: ")) ?? said.at(-1) ?? "").slice(0, 300);
}
