import { asBangerError } from "../../../core/api/errors.ts";
import type { DoctorReport } from "../../../doctor/report.ts";
import { quote } from "../../../host/quote.ts";
import { confirm } from "../../client/confirm.ts";
import type { Args } from "../../command.ts";
import type { Context } from "../../context.ts";
import { usage } from "../../parse/usage.ts";
import { printable } from "../../render/style.ts";

export interface Fix {
  readonly rows: readonly string[];
  readonly argv: readonly [string, ...string[]];
}

/** The commands that mend what a report found, each once, in its order. Pure. @param isRoot root needs no sudo */
export function fixesOf({ rows }: DoctorReport, isRoot: boolean): readonly Fix[] {
  const fixes = new Map<string, Fix>();
  for (const { row, status, fix } of rows) {
    const [program, ...rest] = fix?.[0] === "sudo" && isRoot ? fix.slice(1) : (fix ?? []);
    if (status === "pass" || program === undefined) continue;
    const argv = [program, ...rest] as const;
    const key = JSON.stringify(argv);
    fixes.set(key, { argv, rows: [...(fixes.get(key)?.rows ?? []), row] });
  }
  return [...fixes.values()];
}

/**
 * Shows the commands and runs them one after another when the answer is yes, past those that fail. Returns whether any was run.
 * @throws BangerError USAGE without a terminal to ask
 */
export async function mend(ctx: Context<Args>, report: DoctorReport, isSure: boolean): Promise<boolean> {
  const { io } = ctx;
  const fixes = fixesOf(report, io.uid === 0);
  if (fixes.length === 0) {
    await io.err("There is nothing that a command would mend.\n");
    return false;
  }
  const text = ({ argv }: Fix): string => printable(argv.map(quote).join(" "));
  const shown = fixes.map((fix) => `  ${text(fix)}  (${fix.rows.join(", ")})\n`);
  await io.err(`What was found is mended by\n${shown.join("")}`);
  const answer = isSure || (await confirm(ctx, fixes.length === 1 ? "Run it?" : "Run them?"));
  if (answer === null)
    throw usage(ctx.command, "there is no terminal to ask", "banger doctor --fix --yes does not ask");
  if (!answer) return false;
  const { runAttached } = await import("../../../host/run-attached.ts");
  for (const fix of fixes) {
    await io.err(`$ ${text(fix)}\n`);
    try {
      const status = await runAttached(fix.argv, io.env);
      if (status !== 0) await io.err(`it ended with ${status}\n`);
    } catch (thrown) {
      await io.err(`${asBangerError(thrown).message}\n`);
    }
  }
  return true;
}
