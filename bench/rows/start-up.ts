import { join } from "node:path";
import { banger, type World } from "../../test/helpers/world.ts";
import { ms, type Row } from "../table.ts";
import { paired, timed } from "../timing.ts";

/** Commands that should feel free, against the start of an empty compiled program. */
export async function startUpRows(world: World, rounds: number): Promise<Row[]> {
  const empty = join(world.root, "home/empty");
  const source = join(world.root, "home/empty.ts");
  await Bun.write(source, "export {};\n");
  await Bun.build({
    entrypoints: [source],
    target: "bun",
    format: "esm",
    minify: true,
    bytecode: true,
    compile: { outfile: empty },
  });
  await world.ok("daemon", "start");
  const spawned = (argv: string[]) => () =>
    timed(async () => {
      const child = Bun.spawn(argv, { env: { ...world.env }, stdin: "ignore", stdout: "ignore", stderr: "ignore" });
      await child.exited;
    });
  const rows: Row[] = [];
  for (const args of [["--help"], ["vm", "list"]]) {
    const { a, b, ratio } = await paired(rounds * 5, spawned([banger, ...args]), spawned([empty]));
    rows.push({
      what: `banger ${args.join(" ")}`,
      ours: ms(a.median),
      against: `empty compiled program ${ms(b.median)}`,
      ratio,
      limit: { most: 2 },
      figures: { ours: a.median, empty: b.median },
    });
  }
  return rows;
}
