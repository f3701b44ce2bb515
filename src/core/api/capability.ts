import type { Host } from "./host.ts";
import type { GuestCommand } from "./contributions.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Ctx, Participant } from "./participant.ts";
import type { StandardSchema } from "./schema.ts";

/** The version of this contract; a capability's `api` is a semver range that must admit it. */
export const apiVersion = "0.1.0";

/** A flag of `vm run`, `vm create` and `vm set`, as data: it sets one key of the capability's configuration for that VM. */
export interface FlagDef {
  readonly type: "string" | "boolean" | "number";
  readonly help: string;
  readonly key: string;
  readonly valueName?: string;
}

/** One row of `banger doctor`. */
export interface Finding {
  /** The capability's name, or that and more words. */
  readonly row: string;
  readonly status: "pass" | "warn" | "fail";
  readonly message: string;
  /** Further lines: facts, the exact command that fixes it. */
  readonly detail?: readonly string[];
  /** The fix as an argv, for `doctor --fix`. */
  readonly fix?: readonly string[];
}

/** A feature of a VM that plugs into the lifecycle. Built-in and third-party ones are the same thing. */
export interface Capability<C = unknown> extends Participant<C> {
  /** Semver range of this contract. */
  readonly api: string;
  /** Names of capabilities whose stages run before this one's. */
  readonly after?: readonly string[];
  readonly requires?: readonly string[];
  readonly conflicts?: readonly string[];
  /** Of `[capabilities.<name>]`; `enabled` is a key of it. */
  readonly config: StandardSchema<C>;
  readonly flags?: Readonly<Record<string, FlagDef>>;
  /** Answers questions about a running VM by name (`health`, `ports`). */
  readonly queries?: { readonly [name: string]: (ctx: Ctx<C>) => Promise<Json> };
  /** Further facts of a running VM for `vm show`, under the capability's name; 64 Ki characters at most. An empty object is not shown. */
  show?(ctx: Ctx<C>): Promise<JsonObject>;
  /** Further figures of a running VM for `vm stats`, likewise. */
  stats?(ctx: Ctx<C>): Promise<JsonObject>;
  /**
   * Variables for one command that a user runs in the guest (`vm run`, `vm exec`), asked for at each. They are kept in memory only; they
   * win over those of the VM, and the command's own win over them.
   */
  commandEnv?(ctx: Ctx<C>, command: Pick<GuestCommand, "argv" | "user">): Promise<Readonly<Record<string, string>>>;
  /** `vm set` has changed its configuration while the VM runs; when it throws, nothing has changed. */
  onConfigChange?(ctx: Ctx<C>, before: C, after: C): Promise<void>;
  /** Where this host reaches a VM that runs, for `vm list`; null where this capability gives no address. */
  address?(vmId: string): Promise<string | null>;
  doctor?(host: Host, config: C): Promise<readonly Finding[]>;
}
