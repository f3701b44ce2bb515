import type { ArgsDef } from "citty";
import type { Args, Command } from "../command.ts";
import { scan } from "./scan.ts";
import { usage } from "./usage.ts";

export interface Parsed {
  readonly values: Readonly<Record<string, unknown>>;
  readonly rest: readonly string[] | null;
  readonly help: boolean;
}

/**
 * The command's arguments by name. citty turns flags into values; it takes unknown flags for arguments, so the scan comes first and hands
 * it only what the definition knows. Where no flag was given it is not even loaded. Throws USAGE.
 */
export async function parse(
  command: string,
  argv: readonly string[],
  { args, meta }: Pick<Command, "args" | "meta">,
): Promise<Parsed> {
  const { flags, positionals, rest, help } = scan(command, argv, args, meta.guestCommand);
  if (help) return { values: {}, rest: null, help };
  const multiple = (name: string): boolean => {
    const arg = args[name];
    return arg !== undefined && (arg.type === "positional" || arg.type === "string") && arg.multiple === true;
  };
  // A Map, because the last one wins.
  const single = new Map(flags.filter(([name]) => !multiple(name)));
  const named = [...single].map(([name, value]) =>
    args[name]?.type === "boolean" ? `--${value === "true" ? "" : "no-"}${name}` : `--${name}=${value}`,
  );
  const parsed: Record<string, unknown> =
    named.length === 0 ? {} : (await import("citty")).parseArgs(named, definitionsOf(args));
  const values: Record<string, unknown> = {};
  for (const [name, arg] of Object.entries(args)) {
    if (arg.type === "positional") continue;
    if (multiple(name)) values[name] = flags.filter(([flag]) => flag === name).map(([, value]) => value);
    else values[name] = parsed[name] ?? arg.default ?? (arg.type === "boolean" && !arg.either ? false : undefined);
    const given = single.get(name);
    if (arg.type === "enum" && given !== undefined && !arg.options.includes(given)) {
      throw usage(command, `--${name} is ${arg.options.join(" or ")}, got ${JSON.stringify(given)}`);
    }
  }
  place(command, positionals, args, values);
  return { values, rest, help };
}

/** Gives the positionals their names. */
function place(command: string, given: readonly string[], args: Args, values: Record<string, unknown>): void {
  const left = [...given];
  for (const [name, arg] of Object.entries(args)) {
    if (arg.type !== "positional") continue;
    const mine = arg.multiple ? left.splice(0) : left.splice(0, 1);
    if (arg.required && mine.length === 0) throw usage(command, `${command} needs ${article(name)}`);
    values[name] = arg.multiple ? mine : mine[0];
  }
  if (left.length > 0) throw usage(command, `${command} does not take the argument ${JSON.stringify(left[0])}`);
}

function article(name: string): string {
  return `${/^[aeiou]/.test(name) ? "an" : "a"} ${name.toUpperCase()}`;
}

/** Only flags, and enums as strings: citty's own messages for the others do not name the command. */
function definitionsOf(args: Args): ArgsDef {
  const flags = Object.entries(args).filter(([, { type }]) => type !== "positional");
  return Object.fromEntries(flags.map(([name, { type }]) => [name, { type: type === "boolean" ? type : "string" }]));
}
