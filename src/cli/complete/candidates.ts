import type { Paths } from "../../core/model/paths.ts";
import type { Arg, Args, Command } from "../command.ts";
import { flagNames } from "../parse/scan.ts";
import { entries, find, groups, loadCommand } from "../registry.ts";
import type { Completes } from "./kinds.ts";

export interface Candidate {
  readonly value: string;
  readonly help: string;
}

export interface Candidates {
  readonly values: readonly Candidate[];
  /** The shell's own file names fit too. */
  readonly files: boolean;
}

/** Names of what there is, for a kind. */
export type Names = (kind: "vm" | "running-vm" | "image" | "kernel" | "plugin") => Promise<readonly string[]>;

const none: Candidates = { values: [], files: false };

/** What can stand for the last of the words behind `banger`, given the ones before. `paths` are where plugins with flags of their own are. */
export async function candidates(
  words: readonly string[],
  names: Names,
  paths: Paths | null = null,
): Promise<Candidates> {
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  if (before.length === 0) return beginning(current, topLevel());
  const group = groups.find(({ name }) => name === before[0]);
  if (group !== undefined && before.length === 1) return beginning(current, verbsOf(group.name));
  const found = lookUp(before);
  if (found === null) return none;
  const command = await loadCommand(found.entry, paths && (async () => paths));
  return forCommand(command, found.rest, current, names);
}

function lookUp(before: readonly string[]) {
  try {
    const found = find(before);
    return found.kind === "command" ? found : null;
  } catch {
    return null;
  }
}

async function forCommand(
  { args, meta }: Command,
  given: readonly string[],
  current: string,
  names: Names,
): Promise<Candidates> {
  if (given.includes("--")) return none;
  // bash parts words at `=`.
  const [flagWord, prefix] =
    current === "=" ? [given.at(-1), ""] : given.at(-1) === "=" ? [given.at(-2), current] : [given.at(-1), current];
  const flag = flagWord === undefined ? undefined : flagOf(args, flagWord);
  if (flag !== undefined && flag.type !== "boolean") return valuesOf(flag, prefix, names, []);
  const equals = current.indexOf("=");
  if (current.startsWith("--") && equals !== -1) {
    const inline = flagOf(args, current.slice(0, equals));
    if (inline === undefined || inline.type === "boolean") return none;
    const { values, files } = await valuesOf(inline, current.slice(equals + 1), names, []);
    return {
      values: values.map(({ value, help }) => ({ value: `${current.slice(0, equals + 1)}${value}`, help })),
      files,
    };
  }
  if (current.startsWith("-")) return beginning(current, unusedFlags(args, given));
  const positionals = positionalsOf(args, given);
  const own = Object.values(args).filter((arg) => arg.type === "positional");
  const last = own.at(-1);
  const next = own[positionals.length] ?? (last?.multiple === true ? last : undefined);
  if (next === undefined)
    return meta.guestCommand === undefined ? none : beginning(current, [{ value: "--", help: "the guest's command" }]);
  return valuesOf(next, current, names, positionals);
}

async function valuesOf(arg: Arg, prefix: string, names: Names, used: readonly string[]): Promise<Candidates> {
  const completes: Completes | undefined =
    arg.type === "enum" ? arg.options : arg.type === "boolean" ? undefined : arg.completes;
  if (completes === undefined) return none;
  if (completes === "file") return { values: [], files: true };
  if (completes === "vm-or-file") {
    const vms = await names("running-vm");
    return { ...beginning(prefix, plain(vms.map((name) => `${name}:`))), files: true };
  }
  const all = typeof completes === "string" ? await names(completes) : completes;
  return beginning(prefix, plain(all.filter((name) => !used.includes(name))));
}

function beginning(prefix: string, all: readonly Candidate[]): Candidates {
  return { values: all.filter(({ value }) => value.startsWith(prefix)), files: false };
}

function plain(values: readonly string[]): Candidate[] {
  return values.map((value) => ({ value, help: "" }));
}

function topLevel(): Candidate[] {
  const single = entries.filter(({ path, hidden }) => path.length === 1 && hidden !== true);
  return [
    ...groups.map(({ name, summary }) => ({ value: name, help: summary })),
    ...single.map(({ path, summary }) => ({ value: path[0], help: summary })),
    { value: "--help", help: "" },
  ];
}

function verbsOf(group: string): Candidate[] {
  const members = entries.filter(({ path, hidden }) => path.length === 2 && path[0] === group && hidden !== true);
  return members.map(({ path, summary }) => ({ value: path[1]!, help: summary }));
}

function flagOf(args: Args, word: string): Exclude<Arg, { type: "positional" }> | undefined {
  const arg = word.startsWith("--")
    ? args[word.slice(2)]
    : Object.values(args).find((one) => one.type !== "positional" && word === `-${one.alias}`);
  return arg === undefined || arg.type === "positional" ? undefined : arg;
}

function unusedFlags(args: Args, given: readonly string[]): Candidate[] {
  const long = flagNames(args).filter((name) => name.startsWith("--"));
  const repeats = (name: string): boolean => {
    const arg = args[name.slice(2)];
    return arg?.type === "string" && arg.multiple === true;
  };
  const help = (name: string): string =>
    args[name.slice(2)]?.description ?? args[name.slice("--no-".length)]?.description ?? "";
  const free = long.filter(
    (name) => repeats(name) || !given.some((word) => word === name || word.startsWith(`${name}=`)),
  );
  return [...free.map((name) => ({ value: name, help: help(name) })), { value: "--help", help: "" }];
}

/** The words that are no flags and no flags' values. */
function positionalsOf(args: Args, given: readonly string[]): string[] {
  return given.filter((word, index) => {
    if (word.startsWith("-") && word !== "-") return false;
    const before = index === 0 ? undefined : flagOf(args, given[index - 1]!);
    return before === undefined || before.type === "boolean";
  });
}
