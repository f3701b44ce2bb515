import type { World } from "../../test/helpers/world.ts";
import { BareMachine } from "../bare.ts";
import { ms, type Row } from "../table.ts";
import { paired, sampleOf, timed } from "../timing.ts";

const command = ["vm", "run", "--rm", "--json", "--", "true"] as const;

/** A cold `vm run --rm -- true` against the same machine booted by hand; what lies above is listed by stage. */
export async function bootRows(world: World, rounds: number): Promise<Row[]> {
  await world.ok("vm", "create", "-q", "--name", "model");
  const bare = await BareMachine.of(world, "model");
  await world.ok("vm", "delete", "-f", "model");

  const marks = new Map<string, number[]>();
  const run = async (): Promise<number> => {
    const { code, ms: took, stderr } = await world.run(command);
    if (code !== 0) throw new Error(`vm run exited ${code}\n${stderr}`);
    for (const [mark, at] of timingsOf(stderr)) marks.set(mark, [...(marks.get(mark) ?? []), at]);
    marks.set("whole command", [...(marks.get("whole command") ?? []), took]);
    return took;
  };
  const one = await paired(rounds, run, () => bare.boot());
  const four = await paired(
    Math.max(2, Math.floor(rounds / 3)),
    () => timed(() => Promise.all([1, 2, 3, 4].map(() => world.ok(...command)))),
    () => timed(() => Promise.all([1, 2, 3, 4].map(() => bare.boot()))),
  );
  return [
    {
      what: "vm run --rm -- true",
      ours: ms(one.a.median),
      against: `bare QEMU to the agent's answer ${ms(one.b.median)}`,
      ratio: one.ratio,
      limit: { most: 1.25 },
      detail: stages(marks),
      figures: { ours: one.a.median, bare: one.b.median },
    },
    {
      what: "four of them at once",
      ours: ms(four.a.median),
      against: `four bare boots at once ${ms(four.b.median)}`,
      ratio: four.ratio,
      figures: { ours: four.a.median, bare: four.b.median },
    },
  ];
}

/** The daemon's marks of a start, in milliseconds since it began, from the events on stderr. */
function timingsOf(stderr: string): [string, number][] {
  return stderr
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as { type: string; mark: string; ms: number })
    .filter(({ type }) => type === "timing")
    .map(({ mark, ms: at }) => [mark, at]);
}

/** When each mark is reached, and how long its part took; medians. */
export function stages(marks: ReadonlyMap<string, readonly number[]>): string[] {
  let before = 0;
  return [...marks].map(([mark, times]) => {
    const { median } = sampleOf(times);
    const line = `${mark.padEnd(14)} at ${ms(median).padStart(8)}  + ${ms(Math.max(0, median - before))}`;
    before = median;
    return line;
  });
}
