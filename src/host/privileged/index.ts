import { BangerError } from "../../core/api/errors.ts";
import type { Host } from "../../core/api/host.ts";
import type { Json } from "../../core/api/json.ts";
import type { Privileged } from "../../core/api/privileged.ts";
import { KeyedLock } from "../../core/engine/lock.ts";
import { operations, type Operation, type OperationArgs, type OperationName } from "../../core/privileged/index.ts";
import { bridgeHandlers } from "./bridge.ts";
import { jailHandlers } from "./jail.ts";
import { resolverHandlers } from "./resolver.ts";
import { namespaceHandlers } from "./namespace.ts";
import { natHandlers } from "./nat.ts";
import { storageHandlers } from "./storage.ts";

/** For whom an operation is done: the owner of the VMs, never a name that a request chose. */
export interface Principal {
  readonly uid: number;
  readonly gid: number;
  /** The owner's state and runtime directories: the only trees whose files operations may use. */
  readonly stateDir: string;
  readonly runtimeDir: string;
}

export interface OperationCtx {
  readonly host: Host;
  readonly principal: Principal;
}

export type Handlers<N extends string = OperationName> = {
  readonly [K in N]: (ctx: OperationCtx, args: K extends OperationName ? OperationArgs<K> : never) => Promise<Json>;
};

/** One handler for each operation, a spread of the groups beside this file. */
const handlers: Handlers = {
  ...bridgeHandlers,
  ...jailHandlers,
  ...namespaceHandlers,
  ...natHandlers,
  ...resolverHandlers,
  ...storageHandlers,
};

/** Checks and does one operation; this process must be root. Throws PRIVILEGE_REFUSED for an unknown one and for arguments of another shape. */
export async function execute(ctx: OperationCtx, name: string, args: unknown): Promise<Json> {
  const operation = Object.hasOwn(operations, name) ? (operations as Readonly<Record<string, Operation>>)[name] : null;
  if (!operation) throw new BangerError("PRIVILEGE_REFUSED", `there is no operation ${name}`);
  const { data, error } = operation.schema.safeParse(args);
  if (error !== undefined) {
    const [{ path, message }] = error.issues as [(typeof error.issues)[number]];
    throw new BangerError("PRIVILEGE_REFUSED", `${[name, ...path].join(".")}: ${message}`);
  }
  return (handlers as Readonly<Record<string, Handler>>)[name]!(ctx, data);
}

type Handler = (ctx: OperationCtx, args: unknown) => Promise<Json>;

/** It is safe for any name and any arguments. */
export type InProcess = Privileged & ((name: string, args: unknown) => Promise<Json>);

/** Kinds of things that have something in common: the nftables tables. */
const together: Readonly<Record<string, string>> = { tap: "network", nat: "network" };

/**
 * What an operation holds while it is done, in this order: its VM, whose loop devices, disk and jail refer to one another by numbers that
 * another's may have when one is gone; then its kind of thing. Pure.
 */
export function locksOf(name: string, args: unknown): readonly string[] {
  const kind = name.split(".", 1)[0]!;
  const vm = typeof args === "object" && args !== null && "vm" in args ? args.vm : undefined;
  return [...(typeof vm === "string" ? [`VM ${vm}`] : []), Object.hasOwn(together, kind) ? together[kind]! : kind];
}

/** Operations done by this very process, which is root. Those of one kind of thing, and those of one VM, come after one another. */
export function inProcess(ctx: OperationCtx): InProcess {
  const lock = new KeyedLock();
  const perform = (name: string, args: unknown): Promise<Json> =>
    locksOf(name, args).reduceRight<() => Promise<Json>>(
      (work, key) => () => lock.run(key, work),
      () => execute(ctx, name, args),
    )();
  return Object.assign(perform, { available: true });
}

/** Nobody answers. */
export const unprivileged: Privileged = Object.assign(
  async (name: string): Promise<never> => {
    throw new BangerError("PRIVILEGE_NEEDED", `${name} needs root`, { hint: "sudo banger system install" });
  },
  { available: false },
);
