import { expect, test } from "bun:test";
import { closeSync, ftruncateSync, openSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { crc32c, readBlank } from "./blank-ext4.ts";

const folder = scratchFolder();

test("the checksum is CRC-32C, not inverted", () => {
  expect(~crc32c(Buffer.from("123456789")) >>> 0).toBe(0xe3069283);
});

test("what is no ext4 with a seed for its checksums is not copied", () => {
  const empty = join(folder, "empty");
  closeSync(openSync(empty, "w"));
  truncateSync(empty, 2 ** 30);
  expect(readBlank(empty)).toBeNull();
  const other = join(folder, "other");
  writeFileSync(other, Buffer.alloc(2 ** 20, 1).fill(0, 0, 4096));
  expect(readBlank(other)).toBeNull();
});

test("what is no sparse file is not read to its end", () => {
  const dense = join(folder, "dense");
  const fd = openSync(dense, "w");
  ftruncateSync(fd, 0);
  closeSync(fd);
  writeFileSync(dense, Buffer.alloc(65 * 2 ** 20, 1));
  expect(readBlank(dense)).toBeNull();
});
