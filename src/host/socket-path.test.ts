import { expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { checkSocketPath } from "./socket-path.ts";

const folder = scratchFolder();

test("the limit is the kernel's, in bytes", () => {
  const longest = join(folder, "ü".repeat(200)).slice(0, 40);
  const exact = longest + "x".repeat(107 - Buffer.byteLength(longest));
  expect(checkSocketPath(exact)).toBe(exact);
  expect(() => checkSocketPath(`${exact}x`)).toThrow(expect.objectContaining({ code: "SOCKET_PATH" }));
});

test("a socket can be made at a path of that length", () => {
  const path = join(folder, "x".repeat(106 - folder.length));
  expect(checkSocketPath(path)).toHaveLength(107);
  Bun.listen({ unix: path, socket: { data() {} } }).stop();
  rmSync(path, { force: true });
});
