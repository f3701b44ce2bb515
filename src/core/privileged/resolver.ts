import { z } from "zod";
import { bridgeName } from "./bridge.ts";

/** Where systemd-resolved asks for `.vm`: banger's own server, which is on 127.0.0.1. */
export const resolverOperations = {
  "resolver.route": {
    schema: z.strictObject({ bridge: bridgeName, port: z.int().min(1).max(65_535) }),
    touches:
      "tells systemd-resolved, where it runs, to ask 127.0.0.1 at that port for names below `.vm`, as a setting of the bridge that goes with it",
    refuses: "an interface that is no bridge of banger's; any other server and any other domain",
  },
  "resolver.unroute": {
    schema: z.strictObject({ bridge: bridgeName }),
    touches: "takes that setting of the bridge away",
    refuses: "an interface that is no bridge of banger's; a bridge that is gone is fine",
  },
} as const;
