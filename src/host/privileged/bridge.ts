import { BangerError } from "../../core/api/errors.ts";
import type { Host } from "../../core/api/host.ts";
import type { bridgeOperations } from "../../core/privileged/bridge.ts";
import { tapName } from "../../core/privileged/shapes.ts";
import { hasOtherTaps, tapLines, tapRemovalLines } from "../../core/network/bridge-plan.ts";
import { filterEntries, filterRemoval, filterTables, tablesRemoval } from "../../core/network/filter.ts";
import { readNetwork } from "../../core/network/state.ts";
import { writeSetting } from "../network-settings.ts";
import type { Handlers } from "./index.ts";

export const bridgeHandlers: Handlers<keyof typeof bridgeOperations> = {
  async "tap.create"({ host, principal }, args) {
    const tap = tapName(args.vm);
    const state = await readNetwork(host);
    const lines = tapLines(state, args, principal.uid);
    // First, so that no tap is ever without it.
    await filter(host, filterEntries(args, args.guestToGuest), hasOtherTaps(state, args.vm));
    try {
      await batch(host, lines);
    } catch (thrown) {
      // One that came without its alias would be nobody's.
      if (lines.some((line) => line.startsWith("tuntap add")))
        await host.run(["ip", "link", "delete", "dev", tap], { okCodes: [0, 1] });
      throw thrown;
    }
    for (const device of [args.bridge, tap]) writeSetting(`ipv6/conf/${device}/disable_ipv6`, 1);
    return { tap };
  },

  async "tap.remove"({ host }, args) {
    const state = await readNetwork(host);
    const lines = tapRemovalLines(state, args.vm, args.bridge);
    await batch(host, lines);
    const entries = filterRemoval(args, lines.includes(`link delete dev ${args.bridge}`));
    await unfilter(host, hasOtherTaps(state, args.vm) ? entries : tablesRemoval);
    return null;
  },
};

async function batch(host: Host, lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await host.run(["ip", "-batch", "-"], { input: lines.map((line) => `${line}\n`).join("") });
}

/** Where the tables should be there, they are not made anew: 3 ms instead of 12. Somebody may have taken them away all the same. */
async function filter(host: Host, entries: string, likelyThere: boolean): Promise<void> {
  if (likelyThere) {
    const { code } = await host.run(["nft", "-f", "-"], { input: entries, okCodes: [0, 1] });
    if (code === 0) return;
  }
  await host.run(["nft", "-f", "-"], { input: filterTables + entries });
}

async function unfilter(host: Host, input: string): Promise<void> {
  const removed = await host.run(["nft", "-f", "-"], { input, okCodes: [0, 1] });
  // Somebody took the tables away.
  if (removed.code === 0 || removed.stderr.includes("No such file or directory")) return;
  throw new BangerError("COMMAND_FAILED", "nft cannot remove the guest's entries", {
    detail: removed.stderr.split("\n"),
  });
}
