import { constants, open, type FileHandle } from "node:fs/promises";
import { BangerError } from "../core/api/errors.ts";

const maxBytes = 2 ** 20;

/**
 * Reads the text of config.toml; a missing file is an empty one. Links are followed: people keep their dotfiles elsewhere.
 * @throws BangerError CONFIG_INVALID when it cannot be read, is no file, is larger than 1 MiB or not UTF-8
 */
export async function readConfigFile(path: string): Promise<string> {
  let file: FileHandle;
  try {
    // Without O_NONBLOCK a named pipe would hold the process up.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return "";
    throw unreadable(path, `cannot be opened (${code})`, error);
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw unreadable(path, "is not a file");
    if (stat.size > maxBytes) throw unreadable(path, "is larger than 1 MiB");
    const bytes = await file.readFile();
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof BangerError) throw error;
    throw unreadable(path, error instanceof TypeError ? "is not UTF-8 text" : "cannot be read", error);
  } finally {
    await file.close();
  }
}

function unreadable(path: string, why: string, cause?: unknown): BangerError {
  return new BangerError("CONFIG_INVALID", `${path} ${why}`, { cause, hint: "mend it or move it away" });
}
