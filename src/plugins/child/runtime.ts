import { z } from "zod";
import { apiVersion, type Capability } from "../../core/api/capability.ts";
import { BangerError } from "../../core/api/errors.ts";
import { stages } from "../../core/api/participant.ts";
import { directNic } from "../../core/model/direct-nic.ts";

/** A capability as a plugin gives it: what stands in the manifest need not be said again. */
export type PluginCapability<C = unknown> = Omit<Capability<C>, "name" | "api"> &
  Partial<Pick<Capability<C>, "name" | "api">>;

/** Types a capability; gives back what it is given. */
export function defineCapability<C>(capability: PluginCapability<C>): PluginCapability<C> {
  return capability;
}

/** What `import … from "banger/plugin"` gives at run time. */
export const runtime = { apiVersion, BangerError, defineCapability, directNic, stages, z } as const;
