import type { Capability } from "../core/api/capability.ts";
import { createDns } from "./dns/index.ts";
import type { Owner } from "./dns/owner.ts";
import { createNat } from "./nat/index.ts";
import { vsock } from "./vsock/index.ts";
import { workdisk } from "./workdisk/index.ts";

export type { Owner };

/**
 * In the order in which their stages run, where `after` says nothing else. Made anew for each owner: some hold what lives with the
 * daemon.
 */
export function createBuiltins(owner: Owner): readonly Capability[] {
  return [vsock, workdisk, createDns(owner), createNat()];
}
