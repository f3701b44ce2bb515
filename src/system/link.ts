import { lstat, mkdir, readlink, rm, symlink } from "node:fs/promises";
import { dirname } from "node:path";
import { servicePlaces } from "../core/model/service-places.ts";
import { absent } from "./files.ts";
import type { Later } from "./transaction.ts";

const { command, binary } = servicePlaces;

/** Makes the command a link to the binary; whatever stands there already stays. */
export async function linkCommand(later: Later): Promise<void> {
  if ((await lstat(command).catch(absent)) !== null) return;
  later(unlinkCommand);
  await mkdir(dirname(command), { recursive: true, mode: 0o755 });
  await symlink(binary, command);
}

/** Takes the link away; what is no link to our binary stays. */
export async function unlinkCommand(): Promise<void> {
  const target = await readlink(command).catch(() => null);
  if (target === binary) await rm(command, { force: true });
}
