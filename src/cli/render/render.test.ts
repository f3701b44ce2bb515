import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BangerError } from "../../core/api/errors.ts";
import { renderError } from "./error.ts";
import { fit, pad, printable } from "./style.ts";
import { facts, table } from "./table.ts";
import { age, duration } from "./time.ts";

test.each([
  [0, "0.0s"],
  [380, "0.4s"],
  [21_400, "21.4s"],
  [59_949, "59.9s"],
  [59_960, "1m 00s"],
  [192_000, "3m 12s"],
  [3_599_600, "1h 00m"],
  [7_500_000, "2h 05m"],
])("%d ms is %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test.each([
  [0, "0s"],
  [59_000, "59s"],
  [180_000, "3m"],
  [7_200_000, "2h"],
  [172_800_000, "2d"],
  [-5000, "0s"],
])("%d ms ago is %s", (ms, text) => {
  const now = Date.parse("2026-01-02T03:04:05Z");
  expect(age(new Date(now - ms).toISOString(), now)).toBe(text);
  expect(age(null, now)).toBe("-");
});

describe("tables", () => {
  const columns = [
    { title: "NAME", shrinks: true },
    { title: "CPU", align: "right" },
    { title: "MEMORY", align: "right" },
    { title: "AGE" },
  ] as const;
  const rows = [
    ["brave-otter", "2", "1024 MiB", "3m"],
    ["quiet-heron-with-a-long-name", "16", "512 MiB", "2d"],
  ];

  test("columns two apart, nothing at a line's end", () => {
    expect(table(columns, rows).split("\n")).toEqual([
      "NAME                          CPU  MEMORY    AGE",
      "brave-otter                     2  1024 MiB  3m",
      "quiet-heron-with-a-long-name   16   512 MiB  2d",
    ]);
  });

  test("a narrow screen cuts what may be cut", () => {
    expect(table(columns, rows, 36).split("\n")).toEqual([
      "NAME              CPU  MEMORY    AGE",
      "brave-otter         2  1024 MiB  3m",
      "quiet-heron-wit…   16   512 MiB  2d",
    ]);
  });

  test("what comes from elsewhere cannot steer the terminal", () => {
    expect(table([{ title: "NAME" }], [["a\u001b[2Jb\nc"]])).toBe("NAME\na\\x1b[2Jb\\x0ac");
  });

  test("facts leave out what is empty", () => {
    expect(
      facts([
        ["name", "otter"],
        ["address", ""],
        ["boot id", "x"],
      ]),
    ).toBe("name     otter\nboot id  x");
  });
});

test("text is cut and padded by its width on the screen", () => {
  expect(fit("日本語テキスト", 7)).toBe("日本語…");
  expect(fit("short", 5)).toBe("short");
  expect(pad("日本", 6)).toBe("日本  ");
  expect(pad("7", 3, "right")).toBe("  7");
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme" }),
      fc.nat(40),
      (text, width) => Bun.stringWidth(fit(printable(text), width)) <= width,
    ),
  );
});

describe("errors", () => {
  test("the user's mistake: a sentence and a hint", () => {
    const error = new BangerError("VM_NOT_FOUND", "no VM is called otter", {
      hint: "did you mean brave-otter?",
      operation: "op-a1b2c3",
    });
    expect(renderError(error, false)).toBe("banger: no VM is called otter\n  did you mean brave-otter?");
  });

  test("a failure: detail, state, hint, operation and code", () => {
    const error = new BangerError("COMMAND_FAILED", "nft exited 1", {
      detail: ["nft -f -", "Error: Operation not permitted"],
      state: "what was set up for brave-otter has been undone",
      hint: "try: sudo banger system install",
      operation: "op-k3x9q2",
    });
    expect(renderError(error, false).split("\n")).toEqual([
      "banger: nft exited 1",
      "  nft -f -",
      "  Error: Operation not permitted",
      "  what was set up for brave-otter has been undone",
      "  try: sudo banger system install    (operation op-k3x9q2, code COMMAND_FAILED)",
    ]);
  });

  test("only what is unknown shows a stack", () => {
    expect(renderError(new TypeError("x is not a function"), false)).toMatch(
      /^banger: x is not a function\n {2}at .*\n[^]*\(code INTERNAL\)$/,
    );
    expect(renderError(new BangerError("DISK_FULL", "no space"), false)).toBe("banger: no space\n  (code DISK_FULL)");
  });

  test("control characters of a guest are shown, not sent", () => {
    expect(renderError(new BangerError("GUEST_ERROR", "\u001b]0;x\u0007", {}), false)).not.toMatch(/[\u001b\u0007]/);
  });
});
