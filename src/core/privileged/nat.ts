import { z } from "zod";
import { vmId } from "./shapes.ts";

/** A guest's way to the outside. The guest's address is never an argument: it is read where `tap.create` wrote it. */
export const natOperations = {
  "nat.add": {
    schema: z.strictObject({ vm: vmId }),
    touches:
      "rules for the guest's address in the table `inet banger`; IPv4 forwarding of the bridge and the uplinks, and a chain `transit` that drops what begins at uplinks with it for others than guests; where another forward chain drops, an accept for each direction in DOCKER-USER, ufw-user-forward, FORWARD or that chain, all with the VM's id as comment",
    refuses: "a VM without a tap of banger's and its entry in the table `bridge banger`",
  },
  "nat.remove": {
    schema: z.strictObject({ vm: vmId }),
    touches:
      "removes every rule that has the VM's id as comment; with the last one the forwarding that `nat.add` turned on",
    refuses: "rules without that comment are never touched",
  },
  "nat.follow": {
    schema: z.strictObject({}),
    touches: "the set of uplinks in the table `inet banger` and their forwarding, after the host's default routes",
    refuses: "takes no arguments; does nothing while no guest has NAT",
  },
} as const;
