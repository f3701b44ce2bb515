import { nearest } from "../../core/model/reference.ts";
import { placesOf } from "../context.ts";
import type { Io } from "../io.ts";
import { usage } from "../parse/usage.ts";
import { useColor } from "../render/color.ts";
import { palette, type Palette } from "../render/style.ts";
import { loadCommand, entries, type Entry, groups } from "../registry.ts";
import { commandHelp } from "./command-help.ts";

/** The help of a command, a group or banger itself; throws USAGE for a path that there is not. */
export async function helpText(path: readonly string[], io: Io): Promise<string> {
  const styled = palette(useColor(io, 1));
  if (path.length === 0) return overview(styled);
  const entry = entries.find((one) => matches(one, path));
  if (entry !== undefined) {
    const command = await loadCommand(entry, async () => (await placesOf(io)).paths);
    const needed = Object.values(command.args).some((arg) => arg.type === "string" && arg.resolved !== undefined);
    const defaults = needed ? await (await import("./defaults.ts")).resolvedDefaults((await placesOf(io)).paths) : null;
    return commandHelp(entry, command, defaults, styled);
  }
  const group = groups.find(({ name }) => name === path[0]);
  if (group !== undefined && path.length === 1) return groupHelp(group.name, group.summary, styled);
  const words = [...groups.map(({ name }) => name), ...entries.map((one) => one.path.join(" "))];
  const near = nearest(path.join(" "), words);
  throw usage(
    "",
    `there is no command ${JSON.stringify(path.join(" "))}`,
    near === null ? undefined : `did you mean ${near}?`,
  );
}

function matches({ path, aliases = [] }: Entry, asked: readonly string[]): boolean {
  return (
    path.length === asked.length &&
    path.every((word, index) => word === asked[index] || (index === path.length - 1 && aliases.includes(asked[index]!)))
  );
}

function overview({ bold, dim }: Palette): string {
  const first = ["vm run", "vm exec", "vm list", "vm delete"];
  const row = (name: string, summary: string): string => `  ${name.padEnd(12)}${summary}`;
  const single = entries.filter(({ path, hidden }) => path.length === 1 && !hidden);
  const often = entries.filter(({ path }) => first.includes(path.join(" ")));
  return [
    "A fresh, isolated Linux machine on your own host",
    "",
    `${bold("Usage")}  banger COMMAND`,
    "",
    bold("Often used"),
    ...often.map(({ path, summary }) => row(path.join(" "), summary)),
    "",
    bold("Groups"),
    ...groups.map(({ name, summary }) => row(name, summary)),
    "",
    bold("Others"),
    ...single.map(({ path, summary }) => row(path[0], summary)),
    "",
    bold("Examples"),
    "  banger vm run",
    "  banger vm run --rm -- uname -a",
    "",
    dim("banger GROUP and banger COMMAND --help say more."),
  ].join("\n");
}

function groupHelp(name: string, summary: string, { bold, dim }: Palette): string {
  const members = entries.filter(({ path, hidden }) => path.length === 2 && path[0] === name && !hidden);
  const width = Math.max(...members.map((member) => title(member).length));
  return [
    summary,
    "",
    `${bold("Usage")}  banger ${name} COMMAND`,
    "",
    bold("Commands"),
    ...members.map((member) => `  ${title(member).padEnd(width)}  ${member.summary}`),
    "",
    dim(`banger ${name} COMMAND --help says more.`),
  ].join("\n");
}

function title({ path, aliases = [] }: Entry): string {
  return [path.at(-1), ...aliases].join(", ");
}
