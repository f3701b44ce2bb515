import type { Route } from "../../rpc/server.ts";
import type { Api } from "../api.ts";
import { pluginRoutes } from "./plugins.ts";
import { streamRoutes } from "./streams.ts";
import { systemRoutes } from "./system.ts";
import { vmRoutes } from "./vms.ts";

/** The daemon's API as src/rpc/protocol.ts lists it. */
export function allRoutes(api: Api): readonly Route[] {
  return [...systemRoutes(api), ...pluginRoutes(api), ...vmRoutes(api), ...streamRoutes(api)];
}
