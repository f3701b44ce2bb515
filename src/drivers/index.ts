import type { NetworkDriver, StorageDriver, VmmDriver } from "../core/api/drivers.ts";
import { bridge } from "./network/bridge/index.ts";
import { none } from "./network/none/index.ts";
import { createUser } from "./network/user/index.ts";
import { dmSnapshot } from "./storage/dm-snapshot/index.ts";
import { overlay } from "./storage/overlay/index.ts";
import { createFirecracker } from "./vmm/firecracker/index.ts";
import { createQemu } from "./vmm/qemu/index.ts";

/** Every driver, each family in order of preference. */
export interface Drivers {
  readonly vmm: readonly VmmDriver[];
  readonly storage: readonly StorageDriver[];
  readonly network: readonly NetworkDriver[];
}

/** Made anew for each owner: a driver may remember what it has learned of the host. */
export function createDrivers(): Drivers {
  return {
    vmm: [createFirecracker(), createQemu()],
    storage: [overlay, dmSnapshot],
    network: [createUser(), bridge, none],
  };
}
