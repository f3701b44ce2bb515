export interface IdRange {
  readonly start: number;
  readonly count: number;
}

/** Ids below belong to the system and to people. */
const least = 65_536;
const most = 2 ** 32 - 2;

/** The largest range that a text like /etc/subuid gives to one of the names; null where there is none that is beyond the system's own. Pure. */
export function subordinateRange(text: string, names: readonly string[]): IdRange | null {
  const ranges = text.split("\n").flatMap((line) => {
    const [name = "", start = "", count = ""] = line.split(":");
    if (!names.includes(name) || !/^\d{1,10}$/.test(start) || !/^\d{1,10}$/.test(count)) return [];
    const range = { start: Number(start), count: Number(count) };
    return range.start >= least && range.count > 0 && range.start + range.count - 1 <= most ? [range] : [];
  });
  return ranges.toSorted((a, b) => b.count - a.count)[0] ?? null;
}
