import { BangerError } from "../../core/api/errors.ts";
import type { Host } from "../../core/api/host.ts";
import { isOurBridge } from "../../core/network/marks.ts";
import { readNetwork } from "../../core/network/state.ts";
import type { resolverOperations } from "../../core/privileged/resolver.ts";
import type { Handlers } from "./index.ts";

/** How long systemd-resolved may take for one of these, in milliseconds. */
const timeoutMs = 5000;

export const resolverHandlers: Handlers<keyof typeof resolverOperations> = {
  async "resolver.route"({ host }, { bridge, port }) {
    if (!(await isThere(host, bridge)))
      throw new BangerError("PRIVILEGE_REFUSED", `there is no bridge ${bridge} whose names could be routed`);
    // Of those that a link can have, these three make it the one that is asked for .vm, and for nothing else.
    return (
      (await resolvectl(host, "dns", bridge, `127.0.0.1:${port}`)) &&
      (await resolvectl(host, "domain", bridge, "~vm")) &&
      (await resolvectl(host, "default-route", bridge, "false"))
    );
  },

  async "resolver.unroute"({ host }, { bridge }) {
    if (await isThere(host, bridge)) await resolvectl(host, "revert", bridge);
    return null;
  },
};

/** False where there is no such interface; throws PRIVILEGE_REFUSED where it is not banger's. */
async function isThere(host: Host, bridge: string): Promise<boolean> {
  const { links } = await readNetwork(host);
  const link = links.find(({ name }) => name === bridge);
  if (link !== undefined && !isOurBridge(link))
    throw new BangerError("PRIVILEGE_REFUSED", `${bridge} is not a bridge of banger's`);
  return link !== undefined;
}

/** False where systemd-resolved is not there or does not run: names are routed some other way, or not at all. */
async function resolvectl(host: Host, ...args: readonly string[]): Promise<boolean> {
  if ((await host.which("resolvectl")) === null) return false;
  const { code } = await host.run(["resolvectl", ...args], { okCodes: [0, 1], timeoutMs });
  return code === 0;
}
