import type { z } from "zod";
import { bridgeOperations } from "./bridge.ts";
import { jailOperations } from "./jail.ts";
import { resolverOperations } from "./resolver.ts";
import { namespaceOperations } from "./namespace.ts";
import { natOperations } from "./nat.ts";
import { storageOperations } from "./storage.ts";

export * from "./shapes.ts";

/** One privileged operation. */
export interface Operation<S extends z.ZodType = z.ZodType> {
  /** What it takes; admits only banger's own shapes, and is all of a request that the root helper trusts. */
  readonly schema: S;
  /** What it may touch, and what it refuses: its row in docs/privileges.md. */
  readonly touches: string;
  readonly refuses: string;
}

/** Every privileged operation by its name, `thing.verb`: a spread of the groups beside this file. Handlers: src/host/privileged. */
export const operations = {
  ...bridgeOperations,
  ...jailOperations,
  ...namespaceOperations,
  ...natOperations,
  ...resolverOperations,
  ...storageOperations,
} satisfies Readonly<Record<string, Operation>>;

export type Operations = typeof operations;
export type OperationName = keyof Operations;
export type OperationArgs<N extends OperationName> = Operations[N] extends Operation<infer S> ? z.output<S> : never;
