import { fit, pad, printable } from "./style.ts";

export interface Column {
  readonly title: string;
  readonly align?: "right";
  /** May be cut, widest first, when the table is wider than the screen. */
  readonly shrinks?: true;
}

const gap = 2;
const leastWidth = 8;

/** A table without lines: columns two spaces apart, no space at a line's end. `columns` is the screen's width, 0 for no limit. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], screen = 0): string {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => row.map((cell) => printable(cell)))];
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => Bun.stringWidth(row[index] ?? ""))));
  if (screen > 0) shrink(columns, widths, screen);
  return cells
    .map((row) =>
      columns
        .map(({ align }, index) => {
          const cell = fit(row[index] ?? "", widths[index]!);
          return pad(cell, widths[index]!, row === cells[0] ? "left" : (align ?? "left"));
        })
        .join(" ".repeat(gap))
        .trimEnd(),
    )
    .join("\n");
}

function shrink(columns: readonly Column[], widths: number[], screen: number): void {
  const total = (): number => widths.reduce((sum, width) => sum + width + gap, -gap);
  while (total() > screen) {
    const flexible = widths.map((width, index) => (columns[index]?.shrinks ? width : 0));
    const widest = flexible.indexOf(Math.max(...flexible));
    if (flexible[widest]! <= leastWidth) return;
    widths[widest]! -= 1;
  }
}

/** `name  value` lines with the values in one column; empty values are left out. */
export function facts(pairs: readonly (readonly [name: string, value: string])[]): string {
  const shown = pairs.filter(([, value]) => value !== "");
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`).join("\n");
}
