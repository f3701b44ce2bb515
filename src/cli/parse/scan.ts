import type { BangerError } from "../../core/api/errors.ts";
import { nearest } from "../../core/model/reference.ts";
import type { Arg, Args, Meta } from "../command.ts";
import { usage } from "./usage.ts";

/** An argument vector taken apart against a command's definition, with nothing unknown left in it. */
export interface Scan {
  /** Long names in the order given; booleans are "true" or "false". */
  readonly flags: readonly (readonly [name: string, value: string])[];
  readonly positionals: readonly string[];
  /** The guest's command exactly as given; null when there was none, not even a `--`. */
  readonly rest: readonly string[] | null;
  /** `--help` or `-h` was met; what follows it was not looked at. */
  readonly help: boolean;
}

type Flag = Exclude<Arg, { type: "positional" }>;

/**
 * Takes argv apart. Throws USAGE for unknown flags, missing or surplus values; `command` is the command as typed (`vm run`).
 * A value may begin with a hyphen unless it is one of the command's own flags.
 */
export function scan(command: string, argv: readonly string[], args: Args, guest: Meta["guestCommand"]): Scan {
  const flags: [string, string][] = [];
  const positionals: string[] = [];
  const own = Object.values(args).filter(({ type }) => type === "positional");
  const done = (rest: readonly string[] | null, help = false): Scan => ({ flags, positionals, rest, help });

  for (let index = 0; index < argv.length; index++) {
    const token = argv[index]!;
    if (token === "--") {
      const rest = argv.slice(index + 1);
      if (guest !== undefined) return done(rest);
      positionals.push(...rest);
      return done(null);
    }
    if (token === "--help" || token === "-h") return done(null, true);
    if (token === "-" || !token.startsWith("-")) {
      if (guest !== undefined && positionals.length >= own.length) {
        if (guest === "after-positionals") return done(argv.slice(index));
        const hint = `the guest's command goes behind --: banger ${command} -- ${token}`;
        throw usage(command, `${command} does not take the argument ${JSON.stringify(token)}`, hint);
      }
      positionals.push(token);
      continue;
    }
    const next = argv[index + 1];
    const spare = next === undefined || next === "--" || isOwnFlag(next, args) ? undefined : next;
    const found = token.startsWith("--") ? long(command, token, args) : short(command, token, args);
    for (const { name, flag, value } of found) {
      if (value !== undefined) flags.push([name, value]);
      else if (flag.type === "boolean") flags.push([name, "true"]);
      else if (spare !== undefined) {
        flags.push([name, spare]);
        index++;
      } else {
        const what = flag.type === "string" ? flag.valueHint : flag.options.join("|");
        throw usage(command, `--${name} needs a value`, `--${name} ${what}`);
      }
    }
  }
  return done(null);
}

interface Found {
  readonly name: string;
  readonly flag: Flag;
  /** Absent when a value flag still has to take its value from the next argument. */
  readonly value?: string;
}

function long(command: string, token: string, args: Args): Found[] {
  const equals = token.indexOf("=");
  const typed = equals === -1 ? token.slice(2) : token.slice(2, equals);
  const value = equals === -1 ? undefined : token.slice(equals + 1);
  const negated = typed.startsWith("no-") ? typed.slice(3) : null;
  const name = negated !== null && isNegatable(args, negated) ? negated : typed;
  const flag = flagOf(args, name);
  if (flag === undefined || (name === typed && isOnlyNegated(flag))) throw unknown(command, `--${typed}`, args);
  if (flag.type !== "boolean") return [{ name, flag, ...(value !== undefined && { value }) }];
  if (value !== undefined && value !== "true" && value !== "false") {
    throw usage(command, `--${typed} takes no value, got ${JSON.stringify(value)}`);
  }
  return [{ name, flag, value: String((value ?? "true") === String(name === typed)) }];
}

/** `-q`, a cluster of booleans (`-it`), and a value flag at its end with its value behind it (`-eA=1`) or in the next argument. */
function short(command: string, token: string, args: Args): Found[] {
  const found: Found[] = [];
  for (let at = 1; at < token.length; at++) {
    const letter = token[at]!;
    const name = Object.keys(args).find((key) => flagOf(args, key)?.alias === letter);
    const flag = name === undefined ? undefined : flagOf(args, name);
    if (name === undefined || flag === undefined)
      throw unknown(command, token.length === 2 ? token : `-${letter} in ${token}`, args);
    if (flag.type === "boolean") found.push({ name, flag });
    else return [...found, { name, flag, ...(at + 1 < token.length && { value: token.slice(at + 1) }) }];
  }
  return found;
}

function flagOf(args: Args, name: string): Flag | undefined {
  const arg = Object.hasOwn(args, name) ? args[name] : undefined;
  return arg === undefined || arg.type === "positional" ? undefined : arg;
}

function isNegatable(args: Args, name: string): boolean {
  const flag = flagOf(args, name);
  return flag?.type === "boolean" && (flag.default === true || flag.either === true);
}

function isOnlyNegated(flag: Flag): boolean {
  return flag.type === "boolean" && flag.default === true;
}

function isOwnFlag(token: string, args: Args): boolean {
  return flagNames(args).some((name) => token === name || (name.startsWith("--") && token.startsWith(`${name}=`)));
}

/** Every flag of the command as it is typed, `--no-start` and `-q` among them. */
export function flagNames(args: Args): string[] {
  return Object.keys(args).flatMap((name) => {
    const flag = flagOf(args, name);
    if (flag === undefined) return [];
    return [
      ...(isOnlyNegated(flag) ? [] : [`--${name}`]),
      ...(isNegatable(args, name) ? [`--no-${name}`] : []),
      ...(flag.alias === undefined ? [] : [`-${flag.alias}`]),
    ];
  });
}

function unknown(command: string, typed: string, args: Args): BangerError {
  const names = [...flagNames(args), "--help"].filter((name) => name.startsWith("--")).map((name) => name.slice(2));
  const near = typed.startsWith("--") ? nearest(typed.slice(2), names) : null;
  return usage(command, `unknown flag ${typed}`, near === null ? undefined : `did you mean --${near}?`);
}
