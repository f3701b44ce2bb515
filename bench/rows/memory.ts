import { readFile } from "node:fs/promises";
import type { World } from "../../test/helpers/world.ts";
import { mib, type Row } from "../table.ts";

/** Proportional set sizes with one and with four VMs whose init has finished. */
export async function memoryRows(world: World): Promise<Row[]> {
  const rows: Row[] = [];
  const names = ["m1", "m2", "m3", "m4"];
  await world.ok("vm", "create", "-q", "--name", "m1", "--wait", "boot");
  rows.push(await row(world, names.slice(0, 1)));
  for (const name of names.slice(1)) await world.ok("vm", "create", "-q", "--name", name, "--wait", "boot");
  rows.push(await row(world, names));
  await world.ok("vm", "delete", "-f", ...names);
  return rows;
}

async function row(world: World, names: readonly string[]): Promise<Row> {
  const daemon = await pss(await world.daemonPid());
  const vms = await Promise.all(
    names.map(async (name) => pss((await world.json<{ pid: number }>("vm", "show", name)).pid)),
  );
  const each = vms.reduce((sum, bytes) => sum + bytes, 0) / vms.length;
  const what = `memory (PSS) with ${names.length === 1 ? "one VM" : `${names.length} VMs`}`;
  return {
    what,
    ours: `daemon ${mib(daemon)}`,
    against: `each VM ${mib(each)}`,
    ratio: null,
    figures: { daemon, each },
  };
}

async function pss(pid: number): Promise<number> {
  const match = /^Pss:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/smaps_rollup`, "utf8"));
  return Number(match?.[1] ?? 0) * 1024;
}
