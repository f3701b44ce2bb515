import { chown, constants, open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { BangerError } from "../core/api/errors.ts";
import { ensurePrivateDir } from "./private-dir.ts";

/**
 * Puts another text in the place of config.toml, at once or not at all. Where that is a link, what it points to is replaced; mode and owner stay, and a new one
 * is private and belongs to whom its folder belongs to. @throws BangerError CONFIG_INVALID
 */
export async function writeConfigFile(path: string, text: string): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const beside = `${target}.${process.pid}.new`;
  try {
    // One that is there may be another user's: root changes the file of a service's owner.
    if ((await stat(dirname(path)).catch(() => null)) === null) await ensurePrivateDir(dirname(path));
    const like = await stat(target).catch(() => null);
    const { uid, gid } = like ?? (await stat(dirname(target)));
    const file = await open(beside, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      await file.writeFile(text);
      if (like !== null) await file.chmod(like.mode & 0o7777);
      await file.sync();
    } finally {
      await file.close();
    }
    if (uid !== process.geteuid!() || gid !== process.getegid!()) await chown(beside, uid, gid).catch(() => {});
    await rename(beside, target);
  } catch (error) {
    await rm(beside, { force: true });
    if (error instanceof BangerError) throw error;
    throw new BangerError("CONFIG_INVALID", `${path} cannot be written (${(error as NodeJS.ErrnoException).code})`, {
      cause: error,
    });
  }
}
