import { open } from "node:fs/promises";

/** Makes the sparse file; mode 0600. An existing path is an error. */
export async function makeCow(path: string, bytes: number): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.truncate(bytes);
  } finally {
    await file.close();
  }
}

/** Whether the device-mapper has used the file: it begins with its mark then, else with zeros. */
export async function isInUse(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString("latin1") === "SnAp";
  } finally {
    await file.close();
  }
}
