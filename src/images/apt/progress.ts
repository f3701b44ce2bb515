/** How far an installation of packages is, read off the lines that apt and dpkg write. */
export interface AptProgress {
  /** What is being done or fetched, for people. */
  readonly label: string;
  readonly done: number;
  readonly total?: number;
  readonly unit: "bytes" | "packages";
}

/**
 * A reader of `mmdebstrap --verbose` (and of apt-get) in the C locale: give it every line, it answers with the progress that
 * the line makes, or null. Packages come in rounds (fetch all, unpack all, configure all); totals are those of the round.
 */
export function aptProgress(): (line: string) => AptProgress | null {
  let packages = 0;
  let bytes = 0;
  let fetched = 0;
  let unpacked = 0;
  let configured = 0;
  return (line) => {
    const fresh = /(\d+) newly installed/.exec(line);
    if (fresh) {
      packages = Number(fresh[1]);
      bytes = fetched = unpacked = configured = 0;
      return null;
    }
    const need = /^Need to get (?:[\d.,]+ ?[kMGT]?B\/)?([\d.,]+ ?[kMGT]?B) of archives/.exec(line);
    if (need) {
      bytes = aptBytes(need[1]!);
      return null;
    }
    const get = /^Get:\d+ \S+ \S+(?: (?:amd64|all) (\S+))? .*\[([\d.,]+ ?[kMGT]?B)\]$/.exec(line);
    if (get) {
      if (bytes === 0) return { label: "package lists", done: (fetched += aptBytes(get[2]!)), unit: "bytes" };
      fetched = Math.min(bytes, fetched + aptBytes(get[2]!));
      return { label: get[1] ?? "packages", done: fetched, total: bytes, unit: "bytes" };
    }
    if (line.startsWith("Fetched ")) {
      fetched = 0;
      return null;
    }
    const step = /^(Unpacking|Setting up) ([^ :]+)/.exec(line);
    if (step === null || packages === 0) return null;
    const done = step[1] === "Unpacking" ? ++unpacked : ++configured;
    const label = `${step[1] === "Unpacking" ? "unpacking" : "setting up"} ${step[2]}`;
    return { label, done: Math.min(done, packages), total: packages, unit: "packages" };
  };
}

const units: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** `63.4 MB` → 63400000: apt counts in thousands. */
function aptBytes(text: string): number {
  const [, number = "0", unit = "B"] = /^([\d.,]+) ?([kMGT]?B)$/.exec(text) ?? [];
  return Math.round(Number(number.replaceAll(",", "")) * (units[unit] ?? 1));
}
