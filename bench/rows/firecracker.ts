import { join } from "node:path";
import { Lab } from "../../test/lab/lab.ts";
import type { Rounds } from "../firecracker-program.ts";
import { ms, type Row } from "../table.ts";
import { sampleOf } from "../timing.ts";
import { stages } from "./boot.ts";

/** On the lab host, by an ordinary user: a cold `vm run --rm -- true` on Firecracker against the same machine booted by hand. */
export async function firecrackerRows(rounds: number): Promise<Row[]> {
  const entry = join(import.meta.dir, "../firecracker-program.ts");
  const built = await Bun.build({ entrypoints: [entry], target: "bun" });
  const lab = await Lab.up();
  try {
    await lab.put("/tmp/bench.js", await built.outputs[0]!.text());
    const u = lab.user("u");
    await u.banger("daemon", "start");
    // A compiled program is also the runtime that it was compiled with.
    const argv = ["/payload/banger", "run", "/tmp/bench.js", String(rounds)];
    const text = await u.ok(argv, { env: { BUN_BE_BUN: "1" }, timeout: rounds * 120_000 });
    const { ours, bare, marks } = JSON.parse(text) as Rounds;
    const [a, b] = [sampleOf(ours), sampleOf(bare)];
    const times = new Map<string, number[]>();
    for (const [mark, at] of marks.flat()) times.set(mark, [...(times.get(mark) ?? []), at]);
    return [
      {
        what: "lab: vm run --rm -- true",
        ours: ms(a.median),
        against: `bare Firecracker to the agent's answer ${ms(b.median)}`,
        ratio: sampleOf(ours.map((took, round) => took / bare[round]!)).median,
        limit: { most: 1.25 },
        detail: stages(times),
        figures: { ours: a.median, bare: b.median },
      },
    ];
  } finally {
    await lab.down();
  }
}
