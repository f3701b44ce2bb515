import { mkdir } from "node:fs/promises";
import type { Machine } from "../../../core/api/drivers.ts";
import { BangerError } from "../../../core/api/errors.ts";
import type { ProcessIdentity } from "../../../core/api/host.ts";
import type { JsonObject } from "../../../core/api/json.ts";
import type { Ctx, UndoCtx } from "../../../core/api/participant.ts";
import type { OperationArgs } from "../../../core/privileged/index.ts";
import { jailSocketFolder, jailSockets } from "../../../core/privileged/jail.ts";
import { killVmm } from "../kill.ts";
import { emptyLog } from "../log.ts";
import { namespaceOf } from "./argv.ts";
import type { Way } from "./boot.ts";
import { uidsOf, type FirecrackerConfig } from "./config.ts";
import { planJail, type JailPlan } from "./jail-plan.ts";
import { firecrackerPaths } from "./paths.ts";
import type { FirecrackerProbe } from "./probe.ts";
import { hasKnownEscape } from "./version.ts";

/** A jail that can be made. */
export interface Jail extends JailPlan {
  readonly uid: number;
  readonly firecracker: string;
  readonly jailer: string;
}

export type JailCtx = Ctx<FirecrackerConfig>;

/**
 * The jail for a machine, or why there is none: empty where nobody would expect one, without privileges. Throws VMM_UNUSABLE where one
 * is asked for and cannot be had.
 */
export async function jailFor(
  ctx: JailCtx,
  machine: Machine,
  firecracker: string,
  probe: FirecrackerProbe,
): Promise<Jail | string> {
  const { vm, config, privileged } = ctx;
  if (config.jail === "never") return privileged.available ? "[vmm.firecracker] jail is never" : "";
  const found = privileged.available ? await find(ctx, machine, firecracker, probe) : "it needs root";
  if (typeof found !== "string") return found;
  if (config.jail === "auto") return privileged.available ? found : "";
  throw new BangerError("VMM_UNUSABLE", `${vm.name} cannot be jailed: ${found}`, {
    hint: '[vmm.firecracker] jail = "auto" starts it without one where none can be had',
  });
}

async function find(
  { vm, host, config, privileged, reserve }: JailCtx,
  machine: Machine,
  firecracker: string,
  probe: FirecrackerProbe,
): Promise<Jail | string> {
  if (namespaceOf(machine.nics) !== null)
    return "its network is a namespace of the owner's, where root's jailer cannot be";
  const jailer = config.jailer ?? (await host.which("jailer"));
  if (jailer === null) return "jailer is not on PATH";
  const gate = await jailerLack(host, config, jailer, probe);
  if (gate !== null) return gate;
  const plan = planJail(vm, machine, firecrackerPaths(vm));
  if (typeof plan === "string") return `${plan} is not in banger's own directories`;
  const lack = await privileged("jail.check", { firecracker, jailer });
  if (typeof lack === "string") return lack;
  const { first, count } = uidsOf(config.jail_uids);
  return { ...plan, firecracker, jailer, uid: first + (await reserve("jail-uid", count)) };
}

/** Why that jailer is not started, or null. */
export async function jailerLack(
  host: JailCtx["host"],
  { allow_vulnerable_jailer: allowed }: FirecrackerConfig,
  jailer: string,
  probe: FirecrackerProbe,
): Promise<string | null> {
  const version = await probe.version(host, jailer);
  if (version instanceof Error) return version.message;
  if (version === null) return `${jailer} does not say its version`;
  if (!hasKnownEscape(version) || allowed) return null;
  return `jailer ${version} has a known escape, and [vmm.firecracker] allow_vulnerable_jailer is not set`;
}

/** Makes the jail, with its files in it; Firecracker is started in it by root. */
export async function inJail(ctx: JailCtx, whole: Machine, jail: Jail): Promise<Way> {
  const { vm, privileged, effect } = ctx;
  const { uid, files, machine, firecracker, jailer } = jail;
  const sockets = `${vm.runtimeDir}/${jailSocketFolder}`;
  const paths = firecrackerPaths({ stateDir: vm.stateDir, runtimeDir: sockets });
  await Promise.all([paths.log, paths.console, paths.metrics].map(emptyLog));
  await mkdir(sockets, { recursive: true, mode: 0o700 });
  const grant = { vm: vm.id, uid, files: [...files] };
  const { vcpu, memoryMiB } = whole;
  const tap = whole.nics.some(({ backend }) => backend.kind === "tap");
  await effect("unjail", grant, () =>
    privileged("jail.create", { ...grant, firecracker, jailer, vcpu, memoryMiB, tap }),
  );
  return {
    paths,
    machine,
    vsock: `${jailSockets}/vsock.sock`,
    args: { jailed: true, sockets: [paths.api, paths.vsock] },
    jail: { uid },
    start: async () => (await privileged("jail.start", { vm: vm.id })) as unknown as ProcessIdentity,
    async end() {
      await privileged("jail.signal", { vm: vm.id, signal: "KILL" });
    },
  };
}

/** Undo of inJail: whatever runs in it ends, too. */
export async function unjail({ privileged }: UndoCtx, args: JsonObject): Promise<void> {
  await privileged("jail.remove", args as OperationArgs<"jail.remove">);
}

/** Undo of `kill`: a jailed process is not the owner's to signal. */
export async function killFirecracker(ctx: UndoCtx, args: JsonObject): Promise<void> {
  if (args["jailed"] !== true) return killVmm(ctx, args);
  await ctx.privileged("jail.signal", { vm: ctx.vm.id, signal: "KILL" });
  for (const socket of args["sockets"] as readonly string[]) await ctx.host.remove(socket);
}
