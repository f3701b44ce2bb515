import { join } from "node:path";
import { helperUnit } from "../../src/core/model/service-places.ts";
import { configureForInstall } from "../../test/lab/installed-config.ts";
import { Lab } from "../../test/lab/lab.ts";
import type { Rounds } from "../firecracker-program.ts";
import { ms, type Row } from "../table.ts";
import { sampleOf } from "../timing.ts";
import { stages } from "./boot.ts";

/** On the lab host: a cold `vm run --rm -- true` on Firecracker, rootless and with all that needs root. */
export async function firecrackerRows(rounds: number): Promise<Row[]> {
  const entry = join(import.meta.dir, "../firecracker-program.ts");
  const built = await Bun.build({ entrypoints: [entry], target: "bun" });
  const lab = await Lab.up();
  try {
    await lab.put("/tmp/bench.js", await built.outputs[0]!.text());
    const rootless = await run(lab, "compare", rounds);
    await lab.user("u").banger("daemon", "stop");
    await install(lab);
    const privileged = await run(lab, "ours", rounds);
    return [...rootlessRows(rootless), privilegedRow(rootless, privileged, await operations(lab))];
  } finally {
    await lab.down();
  }
}

async function run(lab: Lab, what: "compare" | "ours", rounds: number): Promise<Rounds> {
  const u = lab.user("u");
  await u.banger("daemon", "start");
  // A compiled program is also the runtime that it was compiled with.
  const argv = ["/payload/banger", "run", "/tmp/bench.js", what, String(rounds)];
  const text = await u.ok(argv, { env: { BUN_BE_BUN: "1" }, timeout: (rounds + 2) * 120_000 });
  return JSON.parse(text) as Rounds;
}

/** The same user with the root helper: jailer, dm-snapshot and bridge. */
async function install(lab: Lab): Promise<void> {
  await configureForInstall(lab);
  await lab.banger("system", "install", "--owner", "u");
}

/** What the root helper did, with the milliseconds of each time. */
async function operations(lab: Lab): Promise<ReadonlyMap<string, readonly number[]>> {
  const log = await lab.ok(["journalctl", "-u", helperUnit, "-o", "cat"]);
  const took = new Map<string, number[]>();
  for (const [, name, time] of log.matchAll(/^\S+ ([a-z]+\.[a-z]+) .*: done, (\d+) ms$/gm))
    took.set(name!, [...(took.get(name!) ?? []), Number(time)]);
  return took;
}

function rootlessRows({ ours, byHand, marks }: Rounds): Row[] {
  const [own, script, alone] = [ours, byHand.map(({ script }) => script), byHand.map(({ firecracker }) => firecracker)];
  const row = (what: string, against: string, bare: readonly number[]) => {
    const [a, b] = [sampleOf(own), sampleOf(bare)];
    const ratio = sampleOf(own.map((took, round) => took / bare[round]!)).median;
    const figures = { ours: a.median, bare: b.median };
    return { what, ours: ms(a.median), against: `${against} ${ms(b.median)}`, ratio, figures };
  };
  return [
    {
      ...row("lab: vm run --rm -- true", "disks, tap and Firecracker by hand, to the agent's answer", script),
      limit: { most: 1.25 },
      detail: stages(byMark(marks)),
    },
    row("lab: the same", "Firecracker alone, disks and tap made before", alone),
  ];
}

function privilegedRow(rootless: Rounds, { ours, marks }: Rounds, took: ReadonlyMap<string, readonly number[]>): Row {
  const [own, other] = [sampleOf(ours), sampleOf(rootless.ours)];
  const steps = [...took].map(([name, times]) => {
    const { median, min } = sampleOf(times);
    return `${name.padEnd(14)} ${ms(median).padStart(8)}, at best ${ms(min)}`;
  });
  return {
    what: "lab: vm run --rm -- true, jailed on dm-snapshot and bridge",
    ours: ms(own.median),
    against: `rootless on overlay behind pasta ${ms(other.median)}`,
    ratio: own.median / other.median,
    detail: [...stages(byMark(marks)), ...steps],
    figures: { ours: own.median, rootless: other.median },
  };
}

function byMark(marks: Rounds["marks"]): ReadonlyMap<string, readonly number[]> {
  const times = new Map<string, number[]>();
  for (const [mark, at] of marks.flat()) times.set(mark, [...(times.get(mark) ?? []), at]);
  return times;
}
