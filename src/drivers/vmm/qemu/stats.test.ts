import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Json } from "../../../core/api/json.ts";
import { readStats } from "./stats.ts";

test("QEMU's counters by drive", () => {
  const blocks = [
    { device: "drive-root", stats: { rd_bytes: 1, wr_bytes: 2, flush_operations: 3, rd_operations: 4 } },
    { device: "cdrom", stats: { rd_bytes: 9 } },
  ];
  expect(readStats({ status: "running", running: true }, blocks)).toEqual({
    status: "running",
    drives: { root: { readBytes: 1, writtenBytes: 2, flushes: 3 } },
  });
});

test("answers of any shape are survived", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (status, blocks) => void readStats(status as Json, blocks as Json)),
  );
});
