import { dirname } from "node:path";
import type { CountsByPath } from "./counts.ts";
import { fileFigures, merge, total, type Figures, type FileFigures, type Maps, type Share } from "./figures.ts";

/** Whose runs are looked at together: the layers with real guests, beside what unit tests alone would say. */
const groups = { unit: ["unit"], guests: ["e2e", "lab"], all: ["unit", "integration", "e2e", "lab"] } as const;
type Group = keyof typeof groups;

/** null where no layer of the group ran. */
export type Row<F extends Figures = Figures> = { readonly name: string } & Readonly<Record<Group, F | null>>;

export interface Report {
  /** What a folder's own files have in sum; those first of which real guests saw least, folders without code left out. */
  readonly folders: readonly Row[];
  readonly total: Row;
  readonly files: readonly Row<FileFigures>[];
}

/** @param layers the counts of each layer that ran */
export function makeReport(maps: Maps, layers: ReadonlyMap<string, CountsByPath>): Report {
  const figures = (group: Group): Map<string, FileFigures> | null => {
    const ran = groups[group].map((layer) => layers.get(layer)).filter((counts) => counts !== undefined);
    return ran.length === 0 ? null : fileFigures(maps, merge(maps, ran).counts);
  };
  const [unit, guests, all] = [figures("unit"), figures("guests"), figures("all")];
  const files = Object.keys(maps).map((name) => ({
    name,
    unit: unit?.get(name) ?? null,
    guests: guests?.get(name) ?? null,
    all: all?.get(name) ?? null,
  }));
  const folders = [...Map.groupBy(files, ({ name }) => dirname(name))]
    .map(([folder, members]) => sumOf(folder, members))
    .filter(({ all }) => all !== null && all.lines.total > 0)
    .sort((a, b) => seen(a) - seen(b) || (a.name < b.name ? -1 : 1));
  return { folders, total: sumOf("total", files), files };
}

function sumOf(name: string, members: readonly Row[]): Row {
  const sum = (group: Group): Figures | null => {
    const known = members.flatMap((member) => member[group] ?? []);
    return known.length === 0 ? null : total(known);
  };
  return { name, unit: sum("unit"), guests: sum("guests"), all: sum("all") };
}

function seen({ guests, all }: Row): number {
  const { covered = 0, total = 0 } = (guests ?? all)?.lines ?? {};
  return covered / total;
}

/** At most 80 columns. */
export function table({ folders, total }: Report): string {
  const head = [
    ["", "", "unit", "", "guests", "", "all", ""],
    ["", "lines", ...Object.keys(groups).flatMap(() => ["line", "branch"])],
  ];
  const body = [...folders, total].map((row) => [
    row.name,
    String(row.all?.lines.total ?? 0),
    ...(["unit", "guests", "all"] as const).flatMap((group) => [
      percent(row[group]?.lines),
      percent(row[group]?.branches),
    ]),
  ]);
  const lines = [...head, ...body].map(([name = "", ...cells]) =>
    [name.padEnd(30), ...cells.map((cell, index) => cell.padStart(index === 0 ? 6 : 7))].join("").trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}

/** Rounded down: 100% is all of it. */
function percent(share: Share | undefined): string {
  return share === undefined || share.total === 0 ? "–" : `${Math.floor((100 * share.covered) / share.total)}%`;
}
