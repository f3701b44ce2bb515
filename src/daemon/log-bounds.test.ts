import { expect, test } from "bun:test";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../../test/helpers/eventually.ts";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { boundLogs } from "./log-bounds.ts";

const folder = scratchFolder();

test("a log that is too long begins anew, others stay, one that is missing is fine", async () => {
  const [long, short] = [join(folder, "long"), join(folder, "short")];
  writeFileSync(long, "x".repeat(101));
  writeFileSync(short, "x".repeat(100));
  const end = boundLogs(() => [join(folder, "none"), short, long], { maxBytes: 100, everyMs: 5 });
  try {
    await eventually(() => readFileSync(long, "utf8") === "");
    appendFileSync(long, "more");
    await Bun.sleep(20);
    expect(readFileSync(long, "utf8")).toBe("more");
    expect(readFileSync(short, "utf8")).toHaveLength(100);
  } finally {
    end();
  }
});
