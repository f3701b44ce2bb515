import type { FlagDef } from "../../core/api/capability.ts";

export const natFlags = {
  nat: {
    type: "boolean",
    help: "Let it reach the outside from a bridge, under the host's address",
    key: "masquerade",
  },
} as const satisfies Readonly<Record<string, FlagDef>>;
