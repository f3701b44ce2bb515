import type { Finding } from "../../core/api/capability.ts";
import { formatBytes } from "../../core/model/size.ts";
import type { Facts } from "../deps.ts";
import { existing, tilde } from "../folders.ts";

const gib = 2 ** 30;

/** Room for what VMs write, and for making an image where that is still to be done (`building`). */
export async function space({ host, paths }: Pick<Facts, "host" | "paths">, building: boolean): Promise<Finding> {
  const row = "disk space";
  const free = await host.freeBytes(await existing(paths.stateDir));
  const message = `${formatBytes(free)} free for ${tilde(paths.stateDir, paths.home)}`;
  const needed = building ? gib : gib / 4;
  if (free < needed)
    return {
      row,
      status: "fail",
      message,
      detail: [`${formatBytes(needed)} is needed${building ? " to make the image" : ""}`],
    };
  if (free < needed + 2 * gib)
    return { row, status: "warn", message, detail: ["disks of VMs grow as their guests write"] };
  return { row, status: "pass", message };
}
