import { z } from "zod";
import type { Capability } from "../../core/api/capability.ts";
import { BangerError } from "../../core/api/errors.ts";
import type { Guest } from "../../core/api/guest.ts";
import type { Ctx } from "../../core/api/participant.ts";

/** `[capabilities.vsock]` */
const config = z.strictObject({
  enabled: z.boolean().default(true).describe("the byte stream to the guest's agent, which every VM needs"),
});

/** Asks for the channel to the guest's agent and answers what only the agent knows. */
export const vsock: Capability = {
  name: "vsock",
  api: "^0.1.0",
  config,
  stages: {
    guestConfig: async () => ({ channel: { name: "banger" } }),
  },
  undo: {},
  queries: {
    health: async (ctx) => ({ ...(await guestOf(ctx).health()) }),
    ports: async (ctx) => (await guestOf(ctx).ports()).map((port) => ({ ...port })),
  },
};

function guestOf({ guest, vm }: Pick<Ctx, "guest" | "vm">): Guest {
  if (guest !== null) return guest;
  throw new BangerError("VM_NOT_RUNNING", `${vm.name} is not running`, { hint: `banger vm start ${vm.name}` });
}
