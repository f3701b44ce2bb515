import { expect, test } from "bun:test";
import { lastConsoleLine, pickLine } from "./console.ts";

test("the agent's own word wins over what came after it", () => {
  expect(
    pickLine("[ 0.1] boot\nbanger: cannot mount the root: no such device\n[ 1.0] reboot: Restarting system\n"),
  ).toBe("banger: cannot mount the root: no such device");
  expect(pickLine("one\r\n\x1b[31mtwo\x1b[0m\x07\n\n")).toBe("two");
  expect(pickLine("")).toBe("");
});

test("no console is no line", async () => {
  expect(await lastConsoleLine("/nonexistent/console.log")).toBe("");
});
