import { version } from "../../../assets.ts";
import type { DoctorReport, DoctorRow } from "../../../doctor/report.ts";
import { defineCommand } from "../../command.ts";
import { usage } from "../../parse/usage.ts";
import { palette, printable } from "../../render/style.ts";
import { jsonFlag } from "../flags.ts";

/** vm run would not work here. */
const failing = 3;

export default defineCommand({
  meta: {
    notes: [
      "Without --fix it changes nothing and starts nothing. Exits with 0 exactly when vm run works here, else with 3.",
      "With --fix it shows the commands that mend what it found, runs them when told to, and reports how things are then.",
    ],
    examples: ["banger doctor", "banger doctor --fix", "banger doctor --json"],
  },
  args: {
    fix: { type: "boolean", description: "Run the commands that mend what is found, after one question" },
    yes: { type: "boolean", alias: "y", description: "Do not ask" },
    ...jsonFlag,
  },
  async run(ctx) {
    const { args, paths, io } = ctx;
    if (args.yes && !args.fix) throw usage(ctx.command, "--yes is for --fix");
    const { doctor } = await import("../../../doctor/index.ts");
    const look = () => doctor({ paths, env: io.env, self: io.self, version, serviceRecord: io.serviceRecord });
    let report = await look();
    if (args.fix) {
      const { mend } = await import("./doctor-fix.ts");
      if (await mend(ctx, report, args.yes)) report = await look();
    }
    return {
      json: report,
      text: ({ color }) => renderReport(report, color, paths.home),
      exit: report.works ? 0 : failing,
    };
  },
});

/** The report as lines: status, row, message; details below the message. */
export function renderReport({ rows, works, warnings, failures }: DoctorReport, color: boolean, home: string): string {
  const width = Math.max(...rows.map(({ row }) => row.length));
  const count = (number: number, what: string): string =>
    number === 0 ? "" : ` ${number} ${what}${number === 1 ? "" : "s"}.`;
  const verdict = `${works ? "vm run works here." : "vm run does not work here."}${count(failures, "failure")}${count(warnings, "warning")}`;
  return [...rows.map((row) => renderRow(row, width, color, home)), verdict].join("\n");
}

function renderRow(
  { row, status, message, detail, fix }: DoctorRow,
  width: number,
  color: boolean,
  home: string,
): string {
  const { ok, warn, fail, dim } = palette(color);
  const mark = { pass: ok("ok  "), warn: warn("warn"), fail: fail("fail") }[status];
  const short = (text: string): string => printable(home === "/" ? text : text.replaceAll(`${home}/`, "~/"));
  const indent = " ".repeat(4 + 2 + width + 2);
  const command = fix === null || detail.some((line) => line.startsWith("fix:")) ? [] : [`fix: ${fix.join(" ")}`];
  return [
    `${mark}  ${row.padEnd(width)}  ${short(message)}`,
    ...[...detail, ...command].map((line) => `${indent}${dim(short(line))}`),
  ].join("\n");
}
