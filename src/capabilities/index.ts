import type { Capability } from "../core/api/capability.ts";
import { vsock } from "./vsock/index.ts";
import { workdisk } from "./workdisk/index.ts";

/** In the order in which their stages run, where `after` says nothing else. */
export const builtins: readonly Capability[] = [vsock, workdisk];
