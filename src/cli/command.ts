import type { Completes } from "./complete/kinds.ts";
import type { Context } from "./context.ts";

interface FlagBase {
  readonly description: string;
  /** One letter. */
  readonly alias?: string;
  /** Heading in the help; flags without one come under "Flags". */
  readonly group?: string;
}

export interface BooleanFlag extends FlagBase {
  readonly type: "boolean";
  /** True makes it a `--no-NAME` flag, described by `description`. */
  readonly default?: boolean;
  /** Both `--NAME` and `--no-NAME`; absent when neither was given. */
  readonly either?: true;
}

export interface StringFlag extends FlagBase {
  readonly type: "string";
  readonly valueHint: string;
  readonly default?: string;
  /** A default that depends on the configuration and the host; the help shows what it is here. */
  readonly resolved?: "vcpu" | "memory" | "disk" | "image";
  /** May be given more than once; the values come as an array. Other flags: the last one wins. */
  readonly multiple?: true;
  readonly completes?: Completes;
}

export interface EnumFlag extends FlagBase {
  readonly type: "enum";
  readonly options: readonly string[];
  readonly default?: string;
}

export interface Positional {
  readonly type: "positional";
  readonly description: string;
  readonly required?: boolean;
  /** Takes all that are left; only the last positional may. */
  readonly multiple?: true;
  readonly completes?: Completes;
}

export type Arg = BooleanFlag | StringFlag | EnumFlag | Positional;
export type Args = { readonly [name: string]: Arg };

type Value<A extends Arg> = A extends { readonly multiple: true }
  ? readonly string[]
  : A extends { readonly either: true }
    ? boolean | undefined
    : A extends { readonly type: "boolean" }
      ? boolean
      : A extends { readonly type: "enum"; readonly options: readonly (infer O)[]; readonly default: string }
        ? O
        : A extends { readonly type: "enum"; readonly options: readonly (infer O)[] }
          ? O | undefined
          : A extends { readonly default: string } | { readonly required: true }
            ? string
            : string | undefined;

/** What a handler gets for its arguments. Flags that were not given and have no default are absent, booleans false. */
export type Values<A extends Args> = { readonly [K in keyof A]: Value<A[K]> };

export interface Meta {
  /** Further lines of the help, each a sentence. */
  readonly notes?: readonly string[];
  /** Command lines that work when pasted. */
  readonly examples: readonly string[];
  /**
   * The guest's command: `after-dashes` only behind `--`; `after-positionals` also without it, from the first argument behind the
   * command's own positionals. From there on nothing is read as a flag.
   */
  readonly guestCommand?: "after-dashes" | "after-positionals";
  /** Takes the flags that capabilities add (see capability-flags.ts). */
  readonly capabilityFlags?: true;
  /** How the guest's command stands in the usage line. */
  readonly guestCommandHint?: string;
  /** Banger's own failures exit with 125, so that they can be told from the guest program's. */
  readonly ownFailure?: 125;
}

/** What a handler gives back: an exit status, or data that is printed as JSON with `--json` and as text without it. */
export type Outcome = number | Output;

export interface Output {
  readonly json: unknown;
  /** Without a final newline; empty prints nothing. */
  readonly text: (style: TextStyle) => string;
  /** Default 0. */
  readonly exit?: number;
}

/** What text output may depend on. */
export interface TextStyle {
  readonly color: boolean;
  readonly columns: number;
  readonly now: number;
}

export interface Command {
  readonly meta: Meta;
  readonly args: Args;
  readonly run: (ctx: Context<Args>) => Promise<Outcome>;
}

/** A command as data. The handler's context is typed by its arguments. */
export function defineCommand<const A extends Args>(definition: {
  readonly meta: Meta;
  readonly args: A;
  readonly run: (ctx: Context<A>) => Promise<Outcome>;
}): Command {
  return definition as unknown as Command;
}
