import { copyFileSync, mkdirSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { banger } from "../helpers/binary.ts";
import { imageCache } from "../helpers/shared-images.ts";
import { cached, digestOf } from "../helpers/cache.ts";
import { makeDrive } from "./disk.ts";
import { firecrackerFolder } from "./firecracker.ts";

/** A saved state knows the drive's size: it is the same whatever is on it. */
export const payloadSize = "1G";

/** The drive that every lab gets: the program under test. */
export async function payload(): Promise<string> {
  const { size, mtimeMs } = statSync(banger);
  const dir = await cached("lab-payload", digestOf(resolve(banger), `${size} ${mtimeMs}`, payloadSize), async (dir) => {
    const tree = join(dir, "tree");
    mkdirSync(tree);
    copyFileSync(banger, join(tree, "banger"));
    await makeDrive(tree, join(dir, "drive"), payloadSize);
    await rm(tree, { recursive: true });
  });
  return join(dir, "drive");
}

/** The drive at the moment at which the state is saved: what is copied to the host's own disk then. */
export async function furnishing(dir: string): Promise<string> {
  const tree = join(dir, "furnishing");
  mkdirSync(join(tree, "state"), { recursive: true, mode: 0o755 });
  const firecracker = await firecrackerFolder();
  for (const name of ["firecracker", "jailer"]) copyFileSync(join(firecracker, name), join(tree, name));
  const images = await imageCache();
  const copy = Bun.spawn([
    "cp",
    "-a",
    "--sparse=always",
    join(images, "images"),
    join(images, "kernels"),
    join(tree, "state"),
  ]);
  if ((await copy.exited) !== 0) throw new Error(`cannot copy ${images}`);
  const drive = join(dir, "furnishing.raw");
  await makeDrive(tree, drive, payloadSize);
  await rm(tree, { recursive: true });
  return drive;
}
