import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BangerError } from "../../core/api/errors.ts";
import type { Args, Meta } from "../command.ts";
import { parse } from "./parse.ts";

const args = {
  name: { type: "positional", description: "", required: true },
  memory: { type: "string", valueHint: "SIZE", description: "" },
  env: { type: "string", valueHint: "K=V", alias: "e", multiple: true, description: "" },
  wait: { type: "enum", options: ["agent", "boot"], description: "" },
  timeout: { type: "string", valueHint: "TIME", default: "10s", description: "" },
  quiet: { type: "boolean", alias: "q", description: "" },
  tty: { type: "boolean", alias: "t", description: "" },
  start: { type: "boolean", default: true, description: "" },
} as const satisfies Args;

const meta = (guestCommand?: "after-dashes" | "after-positionals"): Meta => ({
  examples: [],
  ...(guestCommand && { guestCommand }),
});
const read = (argv: readonly string[], guest?: "after-dashes" | "after-positionals") =>
  parse("vm test", argv, { args, meta: meta(guest) });

async function failure(argv: readonly string[], guest?: "after-positionals"): Promise<BangerError> {
  const error = await read(argv, guest).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(BangerError);
  expect((error as BangerError).code).toBe("USAGE");
  return error as BangerError;
}

describe("values", () => {
  test("defaults", async () => {
    const { values, rest } = await read(["otter"]);
    expect(values).toEqual({
      name: "otter",
      memory: undefined,
      env: [],
      wait: undefined,
      timeout: "10s",
      quiet: false,
      tty: false,
      start: true,
    });
    expect(rest).toBeNull();
  });

  test.each([
    [["a", "--memory", "1G"], { memory: "1G" }],
    [["a", "--memory=1G"], { memory: "1G" }],
    [["a", "--memory="], { memory: "" }],
    [["a", "--memory", "-1"], { memory: "-1" }],
    [["a", "--memory=--quiet"], { memory: "--quiet" }],
    [["a", "--memory", "1G", "--memory", "2G"], { memory: "2G" }],
    [["-e", "A=1", "a", "-eB=2", "--env", "C= d"], { env: ["A=1", "B=2", "C= d"] }],
    [["-qt", "a"], { quiet: true, tty: true }],
    [["-qe", "A=1", "a"], { quiet: true, env: ["A=1"] }],
    [["a", "--quiet=false"], { quiet: false }],
    [["a", "--no-start"], { start: false }],
    [["a", "--no-start", "--no-start=false"], { start: true }],
    [["a", "--wait", "boot"], { wait: "boot" }],
    [["--", "--quiet"], { name: "--quiet", quiet: false }],
    [["-"], { name: "-" }],
  ] as const)("%p", async (argv, expected) => {
    expect((await read(argv)).values).toMatchObject(expected);
  });
});

describe("the guest's command", () => {
  test.each([
    [
      ["a", "--", "sh", "-c", "exit 1"],
      ["sh", "-c", "exit 1"],
    ],
    [["a", "--"], []],
    [["a"], null],
    [
      ["a", "ls", "-q", "--", "--memory"],
      ["ls", "-q", "--", "--memory"],
    ],
    [
      ["a", "-t", "--", "-t", ""],
      ["-t", ""],
    ],
    [["a", "--", "--"], ["--"]],
  ] as const)("%p → %p", async (argv, expected) => {
    expect((await read(argv, "after-positionals")).rest as unknown).toEqual(expected);
  });

  test("whatever it is, it arrives as it was given", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: "binary" })), async (command) => {
        expect((await read(["a", "-q", "--", ...command], "after-positionals")).rest).toEqual(command);
      }),
      { numRuns: 30 },
    );
  });

  test("without -- it is refused where it has to be behind it", async () => {
    const error = await parse("vm run", ["ls", "-la"], { args: {}, meta: meta("after-dashes") }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      message: 'vm run does not take the argument "ls"',
      hint: expect.stringContaining("banger vm run -- ls"),
    });
  });
});

describe("refusals", () => {
  test.each([
    [["a", "--memroy", "512"], "unknown flag --memroy", "did you mean --memory?  (banger vm test --help)"],
    [["a", "--mem=512"], "unknown flag --mem", "did you mean --memory?  (banger vm test --help)"],
    [["a", "--start"], "unknown flag --start", "did you mean --no-start?  (banger vm test --help)"],
    [["a", "--no-quiet"], "unknown flag --no-quiet", "banger vm test --help"],
    [["a", "--__proto__=1"], "unknown flag --__proto__", "banger vm test --help"],
    [["a", "--constructor"], "unknown flag --constructor", "banger vm test --help"],
    [["a", "--diskSize", "1"], "unknown flag --diskSize", "banger vm test --help"],
    [["a", "-x"], "unknown flag -x", "banger vm test --help"],
    [["a", "-qx"], "unknown flag -x in -qx", "banger vm test --help"],
    [["a", "--memory"], "--memory needs a value", "--memory SIZE  (banger vm test --help)"],
    [["a", "--memory", "--quiet"], "--memory needs a value", "--memory SIZE  (banger vm test --help)"],
    [["a", "--memory", "--", "x"], "--memory needs a value", "--memory SIZE  (banger vm test --help)"],
    [["a", "--quiet=maybe"], '--quiet takes no value, got "maybe"', "banger vm test --help"],
    [["a", "--wait", "never"], '--wait is agent or boot, got "never"', "banger vm test --help"],
    [[], "vm test needs a NAME", "banger vm test --help"],
    [["a", "b"], 'vm test does not take the argument "b"', "banger vm test --help"],
  ])("%p: %s", async (argv, message, hint) => {
    expect(await failure(argv)).toMatchObject({ message, hint });
  });

  test("no argument vector does anything but parse or be refused", async () => {
    const word = fc.oneof(
      fc.constantFrom("--", "-", "-q", "--memory", "--env=", "--no-start", "-e", "--help", "a"),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word), async (argv) => {
        const result = await read(argv, "after-positionals").catch((thrown: unknown) => thrown);
        if (result instanceof Error) expect((result as BangerError).code).toBe("USAGE");
      }),
    );
  });
});

test("--help ends the reading, but not in the guest's command", async () => {
  expect((await read(["--help", "--nonsense"])).help).toBe(true);
  expect((await read(["-h"])).help).toBe(true);
  expect((await read(["a", "ls", "--help"], "after-positionals")).help).toBe(false);
});
