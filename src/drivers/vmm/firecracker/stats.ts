import type { RunningVmm } from "../../../core/api/drivers.ts";
import type { Host } from "../../../core/api/host.ts";
import type { Json, JsonObject } from "../../../core/api/json.ts";
import { readTail } from "../log.ts";
import { call } from "./api.ts";
import { pathsOf } from "./paths.ts";
import { flushMetrics, idOf, instanceInfo } from "./requests.ts";

const timeoutMs = 5_000;
/** Of the counters' file, what counts: it is emptied before it has more. What lies before that is a hole, of whatever size. */
const mostBytes = 32 << 20;

/**
 * What Firecracker counts of a running guest: `{ status, drives: { ID: { readBytes, writtenBytes, flushes } }, nics: { ID:
 * { receivedBytes, sentBytes } } }`, since its start or since the file of its counters was last emptied.
 */
export async function firecrackerStats(_host: Host, running: RunningVmm): Promise<JsonObject> {
  const { api, metrics } = pathsOf(running);
  const signal = AbortSignal.timeout(timeoutMs);
  const info = await call(api, instanceInfo, signal);
  await call(api, flushMetrics, signal);
  return readStats(info, await readTail(metrics, mostBytes));
}

/** Names of Firecracker's: nothing else is shown of what it says. */
const apiName = /^\w{1,80}$/;
const stateName = /^[A-Za-z ]{1,40}$/;

const tables: readonly { prefix: string; family: string; columns: Readonly<Record<string, string>> }[] = [
  {
    prefix: "block_",
    family: "drives",
    columns: { readBytes: "read_bytes", writtenBytes: "write_bytes", flushes: "flush_count" },
  },
  { prefix: "net_", family: "nics", columns: { receivedBytes: "rx_bytes_count", sentBytes: "tx_bytes_count" } },
];

/** Each line of the file counts from the line before. Pure. What does not have the shape that Firecracker documents counts as absent. */
export function readStats(info: Json, metrics: string): JsonObject {
  const state = member(info, "state");
  const lines = metrics.split("\n").map(parse);
  const families = tables.map(({ prefix, family, columns }) => {
    const devices: Record<string, Record<string, number>> = {};
    for (const [device, counters] of lines.flatMap((line) => Object.entries(line))) {
      if (!device.startsWith(prefix) || !apiName.test(device)) continue;
      const sums = (devices[idOf(device.slice(prefix.length))] ??= {});
      for (const [name, column] of Object.entries(columns)) {
        const count = member(counters, column);
        sums[name] = (sums[name] ?? 0) + (typeof count === "number" ? count : 0);
      }
    }
    return [family, devices] as const;
  });
  const known = typeof state === "string" && stateName.test(state);
  return { status: known ? state.toLowerCase() : null, ...Object.fromEntries(families) };
}

/** The line's object; an empty one for half a line, and for the hole where the file was emptied while it was written. */
function parse(line: string): JsonObject {
  try {
    const value = JSON.parse(line.slice(line.lastIndexOf("\0") + 1)) as Json;
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function member(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) ? value[key] : undefined;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
