import type { Finding } from "../../core/api/capability.ts";
import type { Facts } from "../deps.ts";

const family = "capability/";

type LeftBehindFacts = Pick<Facts, "paths" | "inspectStore" | "troupe" | "plugins">;

/** A row for each plugin that is not enabled any more and has set up what nobody else can undo. */
export async function leftBehind({ paths, inspectStore, troupe, plugins }: LeftBehindFacts): Promise<Finding[]> {
  const report = await inspectStore(paths.database);
  if (report.state !== "ok") return [];
  const here = new Set([...troupe.capabilities, ...plugins.capabilities].map(({ name }) => name));
  return report.effects.flatMap(({ participant, vms }): Finding[] => {
    const row = participant.slice(family.length);
    if (!participant.startsWith(family) || here.has(row)) return [];
    return [
      {
        row,
        status: "warn",
        message: `is not enabled, and what it has set up is still there: ${vms.join(", ")}`,
        detail: [
          `banger plugin enable ${row}: it is undone when they stop`,
          `banger plugin forget ${row}: it stays as it is, and the VMs can go`,
        ],
      },
    ];
  });
}
