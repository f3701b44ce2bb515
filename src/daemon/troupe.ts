import { builtins } from "../capabilities/index.ts";
import { createDrivers } from "../drivers/index.ts";
import type { Troupe } from "./casts.ts";

/** Everyone who is built in, in order of preference. */
export function createTroupe(): Troupe {
  return { ...createDrivers(), capabilities: builtins };
}
