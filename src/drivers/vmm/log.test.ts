import { expect, test } from "bun:test";
import { statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../../test/helpers/scratch.ts";
import { emptyLog, lastLines } from "./log.ts";

const folder = scratchFolder();
const path = join(folder, "log");

test("the last lines that say something, without what could steer a terminal", async () => {
  writeFileSync(path, `${"long ago ".repeat(1000)}\none\n\u001b[31mtwo\u001b[0m\u0007\n\n  three\r\n`);
  expect(await lastLines(path, 2)).toEqual(["two", "three"]);
  expect((await lastLines(path, 9)).slice(1)).toEqual(["one", "two", "three"]);
});

test("a new log is empty and its owner's alone; a link in its place is not followed", async () => {
  const fresh = join(folder, "fresh");
  await emptyLog(fresh);
  expect([statSync(fresh).size, statSync(fresh).mode & 0o777]).toEqual([0, 0o600]);
  expect(await lastLines(fresh, 5)).toEqual([]);
  symlinkSync(path, join(folder, "link"));
  expect(emptyLog(join(folder, "link"))).rejects.toMatchObject({ code: "ELOOP" });
  expect(statSync(path).size).toBeGreaterThan(0);
});
