import { dirname } from "node:path";
import type { RunningVmm } from "../../../core/api/drivers.ts";
import type { Host } from "../../../core/api/host.ts";
import type { Json, JsonObject } from "../../../core/api/json.ts";
import { driveName } from "./argv.ts";
import { qmpSocket } from "./paths.ts";
import { Qmp } from "./qmp.ts";

const timeoutMs = 5_000;

/** What QEMU counts of a running guest: `{ status, drives: { ID: { readBytes, writtenBytes, flushes } } }`. */
export async function qemuStats(_host: Host, { channel }: RunningVmm): Promise<JsonObject> {
  const qmp = await Qmp.open(qmpSocket(dirname(channel.path)), { signal: AbortSignal.timeout(timeoutMs) });
  try {
    const [status, blocks] = await Promise.all([qmp.execute("query-status"), qmp.execute("query-blockstats")]);
    return readStats(status, blocks);
  } finally {
    qmp.close();
  }
}

/** Pure. What does not have the shape that QEMU's documentation gives counts as absent. */
export function readStats(status: Json, blocks: Json): JsonObject {
  const drives: Record<string, Json> = {};
  for (const block of Array.isArray(blocks) ? (blocks as readonly Json[]) : []) {
    const device = member(block, "device");
    const stats = member(block, "stats");
    if (typeof device !== "string" || !device.startsWith(driveName(""))) continue;
    const count = (key: string): number => Number(member(stats, key) ?? 0);
    drives[device.slice(driveName("").length)] = {
      readBytes: count("rd_bytes"),
      writtenBytes: count("wr_bytes"),
      flushes: count("flush_operations"),
    };
  }
  return { status: member(status, "status") ?? null, drives };
}

function member(value: Json | undefined, key: string): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject)[key] : undefined;
}
