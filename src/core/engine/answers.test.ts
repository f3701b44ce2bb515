import { expect, test } from "bun:test";
import type { ProgressEvent } from "../api/events.ts";
import { checkAddress, checkEnvironment, checkEvent, checkFindings } from "./answers.ts";

const by = "capability/x";

test("what a participant may tell passes, without what steers a terminal", () => {
  const step = { step: "copy", subject: "otter" };
  const events: ProgressEvent[] = [
    { type: "step-start", ...step, detail: "d" },
    { type: "step-progress", ...step, label: "l", done: 1, total: 2, unit: "files" },
    { type: "step-end", ...step, ms: 1.5 },
    { type: "notice", level: "warning", message: "soon over" },
    { type: "timing", mark: "m", ms: 1 },
  ];
  for (const event of events) expect(checkEvent(by, event)).toEqual(event);
  expect(checkEvent(by, { type: "notice", level: "info", message: "\x1b[2Jgone\x07" })).toMatchObject({
    message: "gone",
  });
  for (const event of [
    null,
    { type: "result", value: 1 },
    { type: "spec", vcpu: 1, memoryMiB: 512, diskBytes: 1 },
    { type: "notice", level: "info" },
    { type: "notice", level: "info", message: "", more: 1 },
  ])
    expect(() => checkEvent(by, event)).toThrow("capability/x gives an event that cannot be used");
});

test("rows for doctor are the capability's own", () => {
  const row = (name: string) => ({
    row: name,
    status: "warn",
    message: "m",
    detail: ["d"],
    fix: ["apt", "install", "x"],
  });
  expect(checkFindings(by, "x", [row("x"), row("x server")])).toHaveLength(2);
  for (const rows of [
    [row("kvm")],
    [row("xy")],
    [{ ...row("x"), status: "ok" }],
    [{ ...row("x"), fix: [] }],
    row("x"),
    undefined,
  ])
    expect(() => checkFindings(by, "x", rows)).toThrow("capability/x gives rows for doctor that cannot be used");
});

test("variables and addresses", () => {
  expect(checkEnvironment(by, { A: "multi\nline" })).toEqual({ A: "multi\nline" });
  for (const value of [{ "": "x" }, { "A=B": "" }, { A: 1 }, { A: "\0" }, ["A"], null])
    expect(() => checkEnvironment(by, value)).toThrow("capability/x gives variables");
  for (const address of ["172.16.0.2", "fd00::2", null]) expect(checkAddress(by, address)).toBe(address);
  expect(checkAddress(by, undefined)).toBeNull();
  expect(() => checkAddress(by, "example.org\n")).toThrow("capability/x gives an address");
});
