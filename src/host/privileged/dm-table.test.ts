import { expect, test } from "bun:test";
import { baseTable, snapshotTable } from "./dm-table.ts";

test("a disk larger than its image: zeros behind the image", () => {
  const plan = { base: "7:0", cow: "7:1", baseBytes: 1 << 20, sizeBytes: 1 << 30 };
  expect(baseTable(plan)).toBe("0 2048 linear 7:0 0\n2048 2095104 zero\n");
  expect(snapshotTable({ ...plan, origin: "254:0" })).toBe("0 2097152 snapshot 254:0 7:1 P 8\n");
});

test("a disk as large as its image, or smaller: the image's size", () => {
  for (const sizeBytes of [1 << 20, 4096]) {
    const plan = { base: "7:0", cow: "7:1", baseBytes: 1 << 20, sizeBytes };
    expect(baseTable(plan)).toBe("0 2048 linear 7:0 0\n");
    expect(snapshotTable({ ...plan, origin: "254:0" })).toBe("0 2048 snapshot 254:0 7:1 P 8\n");
  }
});

test("half a sector at the image's end is left out", () => {
  expect(baseTable({ base: "7:0", baseBytes: 1024 + 100, sizeBytes: 4096 })).toBe("0 2 linear 7:0 0\n2 6 zero\n");
});
