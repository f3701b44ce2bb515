/** What a plugin imports from `banger/plugin`. A banger gives its own at run time; this is for types, and for tests outside of one. */
export type * from "../../src/core/api/capability.ts";
export type * from "../../src/core/api/contributions.ts";
export type * from "../../src/core/api/errors.ts";
export type * from "../../src/core/api/events.ts";
export type * from "../../src/core/api/guest.ts";
export type * from "../../src/core/api/host.ts";
export type * from "../../src/core/api/json.ts";
export type * from "../../src/core/api/participant.ts";
export type * from "../../src/core/api/privileged.ts";
export type * from "../../src/core/api/schema.ts";
export { apiVersion } from "../../src/core/api/capability.ts";
export { BangerError } from "../../src/core/api/errors.ts";
export { stages } from "../../src/core/api/participant.ts";
export { directNic, type DirectNic } from "../../src/core/model/direct-nic.ts";
export { defineCapability, type PluginCapability } from "../../src/plugins/child/runtime.ts";
export { z } from "zod";
