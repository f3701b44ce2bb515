import { parseArgs, type ArgsDef } from "citty";
import type { Args, Command } from "../command.ts";
import { scan } from "./scan.ts";
import { usage } from "./usage.ts";

export interface Parsed {
  readonly values: Readonly<Record<string, unknown>>;
  readonly rest: readonly string[] | null;
  readonly help: boolean;
}

/**
 * The command's arguments by name. citty turns them into values; it takes unknown flags for arguments, so the scan comes first and hands it
 * only what the definition knows. Throws USAGE.
 */
export function parse(
  command: string,
  argv: readonly string[],
  { args, meta }: Pick<Command, "args" | "meta">,
): Parsed {
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
  const parsed = parseArgs(named, definitionsOf(args));
  const values: Record<string, unknown> = {};
  for (const [name, arg] of Object.entries(args)) {
    if (arg.type === "positional") continue;
    if (multiple(name)) values[name] = flags.filter(([flag]) => flag === name).map(([, value]) => value);
    else values[name] = arg.type === "boolean" ? (parsed[name] ?? false) : parsed[name];
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
  const definitions: ArgsDef = {};
  for (const [name, arg] of Object.entries(args)) {
    if (arg.type === "boolean")
      definitions[name] = { type: "boolean", ...(arg.default !== undefined && { default: arg.default }) };
    else if (arg.type !== "positional")
      definitions[name] = { type: "string", ...(arg.default !== undefined && { default: arg.default }) };
  }
  return definitions;
}
