import type { FlagDef } from "../core/api/capability.ts";
import { natFlags } from "./nat/flags.ts";

/** The flags of the built-in capabilities, by capability: apart from their code, since a command line needs no more than this. */
export const capabilityFlags: Readonly<Record<string, Readonly<Record<string, FlagDef>>>> = { nat: natFlags };
