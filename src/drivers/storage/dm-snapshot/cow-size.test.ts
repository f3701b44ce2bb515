import { expect, test } from "bun:test";
import { cowBytes } from "./cow-size.ts";

test("every chunk has room, with a table for each 256, the header and one table more", () => {
  expect(cowBytes(4096)).toBe(4 * 4096);
  expect(cowBytes(256 * 4096)).toBe((1 + 256 + 1 + 1) * 4096);
  expect(cowBytes(257 * 4096)).toBe((1 + 257 + 2 + 1) * 4096);
  expect(cowBytes(8 * 2 ** 30)).toBe(8_623_497_216);
});

test("a disk that is no whole number of chunks has one more", () => {
  expect(cowBytes(4097)).toBe(cowBytes(8192));
});
