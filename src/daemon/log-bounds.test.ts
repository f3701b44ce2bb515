import { expect, test } from "bun:test";
import { appendFileSync, closeSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from "node:fs";
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

test("one whose writer goes on where he was takes no more room than before, and is left alone", async () => {
  const path = join(folder, "hole");
  writeFileSync(path, "x".repeat(200_000));
  const writer = openSync(path, "r+");
  writeSync(writer, "y".repeat(200_000));
  const end = boundLogs(() => [path], { maxBytes: 100_000, everyMs: 5 });
  try {
    await eventually(() => statSync(path).size === 0);
    writeSync(writer, "more");
    await Bun.sleep(20);
    expect(statSync(path).size).toBe(200_004);
    expect(readFileSync(path, "utf8").replaceAll("\0", "")).toBe("more");
  } finally {
    end();
    closeSync(writer);
  }
});
