import { z } from "zod";
import type { NetworkDriver } from "../../../core/api/drivers.ts";

/** `[network.none]` */
const config = z.strictObject({});

/** No NIC at all: commands, files and ports still reach the guest, through its agent. */
export const none: NetworkDriver = {
  name: "none",
  config,
  vmms: ["firecracker", "qemu"],
  stages: {},
  undo: {},
};
