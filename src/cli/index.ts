import { version } from "../assets.ts";
import { BangerError, asBangerError, type ErrorJson } from "../core/api/errors.ts";
import { errorCodes } from "../core/api/error-codes.ts";
import type { Args, Command, Output } from "./command.ts";
import type { Context } from "./context.ts";
import type { Io } from "./io.ts";
import { useColor } from "./render/color.ts";
import { find, loadCommand, type Found } from "./registry.ts";

/** Runs one command line. @returns the exit status; nothing is thrown and the process is not ended */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let context: Context<Args> | null = null;
  let own: Command | null = null;
  try {
    const found = find(argv);
    if (found.kind === "version") return await printed(io, `banger ${version}`, 0);
    if (found.kind === "help") return await help(found, io);
    own = await loadCommand(found.entry, async () => (await (await import("./context.ts")).placesOf(io)).paths);
    const { parse } = await import("./parse/parse.ts");
    const { values, rest, help: asked } = await parse(found.command, found.rest, own);
    if (asked) return await help({ kind: "help", path: found.entry.path }, io);
    const { admit, createContext, placesOf } = await import("./context.ts");
    const places = await placesOf(io);
    context = createContext(found.command, values, rest, io, places.paths);
    if (found.entry.anyone !== true) admit(places, context.reporter);
    const outcome = await own.run(context);
    await context.reporter.settle();
    return typeof outcome === "number" ? outcome : await show(outcome, context);
  } catch (thrown) {
    await context?.reporter.settle();
    const error = asBangerError(thrown);
    await complain(error, io, context?.args["json"] === true || (context === null && asksForJson(argv)));
    return exitStatus(error, own?.meta.ownFailure);
  }
}

/** SPEC §3: 2 for usage everywhere, 125 for what a command with a guest's status fails at itself, 130 after Ctrl-C, else 1. */
function exitStatus(error: BangerError, ownFailure: number | undefined): number {
  if (error.code === "CANCELLED") return 130;
  const { exit } = errorCodes[error.code];
  return exit === 2 ? 2 : (ownFailure ?? exit);
}

async function complain(error: BangerError, io: Io, json: boolean): Promise<void> {
  if (json) {
    await io.out(`${JSON.stringify({ error: error.toJSON() } satisfies { error: ErrorJson })}\n`);
    await io.err(`${JSON.stringify({ type: "error", error: error.toJSON() })}\n`);
    return;
  }
  const { renderError } = await import("./render/error.ts");
  await io.err(`${renderError(error, useColor(io, 2))}\n`);
}

function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end === -1 ? argv : argv.slice(0, end)).includes("--json");
}

async function show(output: Output, { args, io, color }: Context<Args>): Promise<number> {
  const exit = output.exit ?? 0;
  if (args["json"] === true) return printed(io, jsonText(output.json, io.isTerminal(1)), exit);
  const columns = io.isTerminal(1) ? (io.size()?.columns ?? 80) : 0;
  return printed(io, output.text({ color: color(1), columns, now: Date.now() }), exit);
}

/** One line for programs, indented for people. */
function jsonText(value: unknown, indented: boolean): string {
  return JSON.stringify(value, null, indented ? 2 : 0);
}

async function printed(io: Io, text: string, exit: number): Promise<number> {
  if (text !== "") await io.out(`${text}\n`);
  return exit;
}

async function help(found: Extract<Found, { kind: "help" }>, io: Io): Promise<number> {
  const { helpText } = await import("./help/help.ts");
  return printed(io, await helpText(found.path, io), 0);
}
