import type { Capability } from "../../core/api/capability.ts";
import { BangerError } from "../../core/api/errors.ts";
import type { Ctx } from "../../core/api/participant.ts";
import { directNic } from "../../core/model/direct-nic.ts";
import { config, type DnsConfig } from "./config.ts";
import { findings } from "./doctor.ts";
import { Forwarder } from "./forward.ts";
import { holderOf, Listening } from "./listening.ts";
import { addressesPerBlock, loopbackAddress, presetBlock, presetPort, type Owner } from "./owner.ts";
import { reachablePorts } from "./ports.ts";
import { Zone } from "./zone.ts";

/** How a VM that runs is reached from this host. */
interface Place {
  readonly address: string | null;
  /** The bridge that the address is on, or null for a loopback address. */
  readonly bridge: string | null;
}

/**
 * Names for the VMs that run, and a way to their ports where the network gives none. It holds a server and listeners, so each daemon
 * makes its own. What it cannot have never keeps a VM from starting: a warning says so.
 */
export function createDns(owner: Owner): Capability {
  const zone = new Zone();
  const places = new Map<string, Place>();
  const forwarders = new Map<string, Forwarder>();
  const listening = new Listening(zone);
  const portOf = ({ port }: DnsConfig): number => port ?? presetPort(owner);

  const placeOf = async ({ vm, nics, config, reserve, emit }: Ctx<DnsConfig>): Promise<Place> => {
    const direct = directNic(nics);
    if (direct !== null) return direct;
    const nowhere = { address: null, bridge: null };
    if (nics.length === 0 || !config.forward_ports) return nowhere;
    try {
      const index = await reserve("dns", addressesPerBlock);
      return { address: loopbackAddress(config.block ?? presetBlock(owner), index), bridge: null };
    } catch (thrown) {
      if (!(thrown instanceof BangerError) || thrown.code !== "POOL_EXHAUSTED") throw thrown;
      emit({
        type: "notice",
        level: "warning",
        message: `${vm.name} has no address on this host: all ${addressesPerBlock} are other VMs'`,
      });
      return nowhere;
    }
  };

  /** The name, and with a loopback address the guest's ports. Returns the bridge that the guest is on, and whether the server listens. */
  const serve = async (ctx: Ctx<DnsConfig>): Promise<Pick<Place, "bridge"> & { readonly listens: boolean }> => {
    const { vm, host, emit, guest } = ctx;
    const place = await placeOf(ctx);
    const port = portOf(ctx.config);
    const obstacle = await listening.open(port);
    if (obstacle !== null) {
      const holder = obstacle.taken ? await holderOf(host, port) : "";
      const message = `${vm.name}.vm has no DNS: 127.0.0.1:${port} ${obstacle.taken ? `is taken by ${holder}` : obstacle.message}`;
      emit({ type: "notice", level: "warning", message: `${message} ([capabilities.dns] port changes it)` });
    }
    withdraw(vm.id);
    places.set(vm.id, place);
    zone.set(vm.id, vm.name, place.address);
    if (place.address !== null && place.bridge === null && guest !== null) {
      const forwarder = new Forwarder(place.address, guest);
      forwarders.set(vm.id, forwarder);
      void forwarder.run();
    }
    return { bridge: place.bridge, listens: obstacle === null };
  };

  const withdraw = (vmId: string): void => {
    forwarders.get(vmId)?.close();
    forwarders.delete(vmId);
    places.delete(vmId);
    zone.remove(vmId);
  };

  const route = (ctx: Ctx<DnsConfig>, bridge: string) =>
    ctx.privileged("resolver.route", { bridge, port: portOf(ctx.config) });

  const capability: Capability<DnsConfig> = {
    name: "dns",
    api: "^0.1.0",
    after: ["vsock"],
    config,
    stages: {
      async ready(ctx) {
        const { bridge, listens } = await serve(ctx);
        // Where the port is another program's, that one would be asked for the names.
        if (bridge !== null && listens && ctx.privileged.available)
          await ctx.effect("unroute", { bridge }, () => route(ctx, bridge));
      },
    },
    undo: {
      /** The bridge is shared: its routing goes with the last VM on it. */
      async unroute({ vm, privileged }, { bridge }) {
        for (const [id, place] of places) if (id !== vm.id && place.bridge === bridge) return;
        await privileged("resolver.unroute", { bridge: bridge as string });
      },
    },
    async takeOver(ctx) {
      const { signal, vm } = ctx;
      const { bridge, listens } = await serve(ctx);
      // The VM may have ended meanwhile, with nobody to tell.
      const leave = (): void => void capability.cleanup?.({ ...ctx, vm });
      if (signal.aborted) return leave();
      signal.addEventListener("abort", leave, { once: true });
      if (bridge === null || !ctx.privileged.available) return;
      if (listens) await route(ctx, bridge);
      else await ctx.privileged("resolver.unroute", { bridge });
    },
    async cleanup({ vm }) {
      withdraw(vm.id);
      if (zone.size === 0) listening.close();
    },
    address: async (vmId) => places.get(vmId)?.address ?? null,
    queries: {
      async ports({ guest, vm }) {
        if (guest === null)
          throw new BangerError("VM_NOT_RUNNING", `${vm.name} is not running`, { hint: `banger vm start ${vm.name}` });
        const place = places.get(vm.id) ?? { address: null, bridge: null };
        return reachablePorts(await guest.ports(), place, forwarders.get(vm.id)?.ports() ?? []);
      },
    },
    doctor: (host, config) => findings(host, portOf(config)),
  };
  return capability as Capability;
}
