import type { jailOperations } from "../../core/privileged/jail.ts";
import type { Handlers } from "./index.ts";

export const jailHandlers: Handlers<keyof typeof jailOperations> = {
  "jail.check": async (_, args) => (await import("./jail/create.ts")).jailLack(args),

  async "jail.create"(ctx, args) {
    await (await import("./jail/create.ts")).createJail(ctx, args);
    return null;
  },

  "jail.start": async ({ principal }, { vm }) => ({ ...(await import("./jail/start.ts")).startJailed(principal, vm) }),

  async "jail.signal"(_, args) {
    await (await import("./jail/start.ts")).signalJailed(args);
    return null;
  },

  async "jail.remove"({ principal }, args) {
    await (await import("./jail/create.ts")).removeJail(principal, args);
    return null;
  },
};
