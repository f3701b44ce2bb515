import type { VmDefaults } from "../../core/config/index.ts";
import { formatSize } from "../../core/model/size.ts";
import type { Arg, Command } from "../command.ts";
import type { Entry } from "../registry.ts";
import type { Palette } from "../render/style.ts";

const width = 80;
const flagColumn = 24;

/** One command's help, at most 80 columns wide. `defaults` are this host's, null where the configuration cannot be read. */
export function commandHelp(
  { path, aliases = [], summary }: Entry,
  { meta, args }: Command,
  defaults: VmDefaults | null,
  style: Palette,
): string {
  const { bold } = style;
  const all = Object.entries(args);
  const flags = all.filter(([, arg]) => arg.type !== "positional");
  const headings = [...new Set(flags.map(([, arg]) => headingOf(arg)))];
  const sections = [
    [summary],
    [
      `${bold("Usage")}  ${usageLine(path, args, meta)}`,
      ...(aliases.length > 0
        ? [`       also: ${aliases.map((alias) => [...path.slice(0, -1), alias].join(" ")).join(", ")}`]
        : []),
    ],
    all
      .filter(([, arg]) => arg.type === "positional")
      .flatMap(([name, arg]) => row(name.toUpperCase(), arg.description)),
    ...headings.map((heading) => [
      bold(heading),
      ...flags
        .filter(([, arg]) => headingOf(arg) === heading)
        .flatMap(([name, arg]) => row(signature(name, arg), `${arg.description}${note(arg, defaults)}`)),
    ]),
    (meta.notes ?? []).flatMap((line) => wrap(line, width)),
    [bold("Examples"), ...meta.examples.map((line) => `  ${line}`)],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function headingOf(arg: Arg): string {
  return arg.type === "positional" ? "" : (arg.group ?? "Flags");
}

function usageLine(path: readonly string[], args: Command["args"], meta: Command["meta"]): string {
  const positionals = Object.entries(args).flatMap(([name, arg]) => {
    if (arg.type !== "positional") return [];
    const word = `${name.toUpperCase()}${arg.multiple ? "…" : ""}`;
    return [arg.required ? word : `[${word}]`];
  });
  const hasFlags = Object.values(args).some(({ type }) => type !== "positional");
  return [
    "banger",
    ...path,
    ...(hasFlags ? ["[FLAG…]"] : []),
    ...positionals,
    ...(meta.guestCommand === undefined ? [] : ["[-- COMMAND [ARG…]]"]),
  ].join(" ");
}

function signature(name: string, arg: Arg): string {
  if (arg.type === "positional") return name;
  const no = arg.type !== "boolean" ? "" : arg.either === true ? "[no-]" : arg.default === true ? "no-" : "";
  const alias = arg.alias === undefined ? "    " : `-${arg.alias}, `;
  const value = arg.type === "string" ? ` ${arg.valueHint}` : arg.type === "enum" ? ` ${arg.options.join("|")}` : "";
  return `${alias}--${no}${name}${value}`;
}

function note(arg: Arg, defaults: VmDefaults | null): string {
  if (arg.type === "string" && arg.resolved !== undefined)
    return defaults === null ? "" : ` (default ${resolved(arg.resolved, defaults)})`;
  if ((arg.type === "string" || arg.type === "enum") && arg.default !== undefined) return ` (default ${arg.default})`;
  return "";
}

function resolved(
  what: "vcpu" | "memory" | "disk" | "image",
  { vcpu, memoryMiB, diskBytes, image }: VmDefaults,
): string {
  if (what === "image") return image;
  if (what === "vcpu") return `${vcpu.value}, ${vcpu.origin}`;
  if (what === "memory") return `${memoryMiB.value}M, ${memoryMiB.origin}`;
  return `${formatSize(diskBytes.value)}, ${diskBytes.origin}`;
}

/** A name and its text, wrapped in its own column. */
function row(name: string, text: string): string[] {
  const lines = wrap(text, width - flagColumn - 2);
  const indent = " ".repeat(flagColumn + 2);
  const first =
    name.length + 2 > flagColumn ? [`  ${name}`, `${indent}${lines[0]}`] : [`  ${name.padEnd(flagColumn)}${lines[0]}`];
  return [...first, ...lines.slice(1).map((line) => `${indent}${line}`)];
}

/** Breaks text at spaces; a longer word gets a line of its own. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
