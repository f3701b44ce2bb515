/** One line of the table: a figure of ours, what it is measured against, and the limit of their ratio where there is one. */
export interface Row {
  readonly what: string;
  readonly ours: string;
  readonly against: string;
  readonly ratio: number | null;
  /** A ratio that must not be passed (`most`) or must be reached (`least`). */
  readonly limit?: { readonly most?: number; readonly least?: number };
  /** Further lines: what the time went to. */
  readonly detail?: readonly string[];
  /** The raw figures, for `--json`. */
  readonly figures: Readonly<Record<string, number>>;
}

export function isWithin({ ratio, limit }: Row): boolean {
  if (ratio === null || limit === undefined) return true;
  return ratio <= (limit.most ?? Number.POSITIVE_INFINITY) && ratio >= (limit.least ?? 0);
}

/** The rows as text, columns aligned. Pure. */
export function renderTable(rows: readonly Row[]): string {
  const cells = [["", "ours", "against", "ratio", "limit"], ...rows.map(cellsOf)];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
  return lines
    .flatMap((line, index) => [line, ...(rows[index - 1]?.detail ?? []).map((detail) => `    ${detail}`)])
    .join("\n");
}

function cellsOf(row: Row): string[] {
  const { limit, ratio } = row;
  const bound = limit?.most !== undefined ? `≤ ${limit.most}` : limit?.least !== undefined ? `≥ ${limit.least}` : "";
  return [
    row.what,
    row.ours,
    row.against,
    ratio === null ? "" : ratio.toFixed(2),
    bound && `${bound} ${isWithin(row) ? "ok" : "MISSED"}`,
  ];
}

export function ms(value: number): string {
  return value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

export function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
