import { expect, test } from "bun:test";
import fc from "fast-check";
import { appendFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../../../test/helpers/scratch.ts";
import type { RunningVmm } from "../../../core/api/drivers.ts";
import type { Host } from "../../../core/api/host.ts";
import type { Json } from "../../../core/api/json.ts";
import { firecrackerStats, readStats } from "./stats.ts";

test("Firecracker's counters, summed over the lines, by drive and by network interface", () => {
  const lines = [
    { block_root: { read_bytes: 1, write_bytes: 2, flush_count: 3 }, block: { read_bytes: 9 }, net_a_b: {} },
    { block_root: { read_bytes: 10 }, net_a_b: { rx_bytes_count: 4, tx_bytes_count: 5 }, vsock: {} },
  ];
  const text = `${lines.map((line) => JSON.stringify(line)).join("\n")}\n{"block_root": {"read_by`;
  expect(readStats({ state: "Running" }, text)).toEqual({
    status: "running",
    drives: { root: { readBytes: 11, writtenBytes: 2, flushes: 3 } },
    nics: { "a-b": { receivedBytes: 4, sentBytes: 5 } },
  });
});

test("the hole that is left where the file was emptied while Firecracker writes to it", () => {
  expect(readStats({ state: "Paused" }, `${"\0".repeat(100)}{"net_n": {"rx_bytes_count": 1}}\n`)).toEqual({
    status: "paused",
    drives: {},
    nics: { n: { receivedBytes: 1, sentBytes: 0 } },
  });
});

test("of a file of any size the end is read: what is before it is a hole, or a hostile VMM's", async () => {
  const folder = scratchFolder();
  const metrics = join(folder, "metrics.log");
  writeFileSync(metrics, "");
  truncateSync(metrics, 2 ** 40);
  appendFileSync(metrics, '{"net_n": {"rx_bytes_count": 7}}\n');
  const api = Bun.serve({ unix: join(folder, "api.sock"), fetch: () => Response.json({ state: "Running" }) });
  try {
    const running = { channel: { path: join(folder, "vsock.sock") }, logPath: join(folder, "vmm.log") };
    const stats = await firecrackerStats({} as Host, running as unknown as RunningVmm);
    expect(stats["nics"]).toEqual({ n: { receivedBytes: 7, sentBytes: 0 } });
  } finally {
    await api.stop(true);
  }
});

test("names that are none of Firecracker's are not shown", () => {
  const lines = JSON.stringify({ "block_\u001b[31m": { read_bytes: 1 }, net_: {}, [`net_${"x".repeat(100)}`]: {} });
  expect(readStats({ state: "\u001b[31m" }, lines)).toEqual({
    status: null,
    drives: {},
    nics: { "": { receivedBytes: 0, sentBytes: 0 } },
  });
});

test("answers of any shape are survived", () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.array(fc.oneof(fc.json(), fc.string())),
      (info, lines) => void readStats(info as Json, lines.join("\n")),
    ),
  );
  expect(readStats(null, '{"block___proto__": {"read_bytes": 1}}')["drives"]).toEqual({
    "--proto--": { readBytes: 1, writtenBytes: 0, flushes: 0 },
  });
});
