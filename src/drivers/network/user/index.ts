import { z } from "zod";
import type { NetworkDriver } from "../../../core/api/drivers.ts";
import { macOf } from "../../../core/model/mac.ts";

/** `[network.user]` */
const config = z.strictObject({});

/**
 * The VMM's own network stack: connections leave as the user's, no privileges, nothing on the host changes. Every guest has the same
 * address, since none can see another. 10.0.2.2 is the host, its loopback services included.
 */
export const user: NetworkDriver = {
  name: "user",
  config,
  vmms: ["qemu"],
  stages: {
    async prepareHost({ vm }) {
      return {
        nics: [
          {
            id: "user",
            mac: macOf(vm.id),
            backend: { kind: "user" },
            guest: { address: "10.0.2.15/24", gateway: "10.0.2.2", nameservers: ["10.0.2.3"] },
          },
        ],
      };
    },
  },
  undo: {},
};
