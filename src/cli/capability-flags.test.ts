import { expect, test } from "bun:test";
import { failure } from "../../test/helpers/failure.ts";
import { capabilityArgs, readCapabilities } from "./capability-flags.ts";
import { commandHelp } from "./help/command-help.ts";
import { parse } from "./parse/parse.ts";
import { flagNames } from "./parse/scan.ts";
import { palette } from "./render/style.ts";

const flags = {
  nat: { nat: { type: "boolean", help: "Let it out", key: "masquerade" } },
  limit: { "time-limit": { type: "number", help: "Minutes it may run", key: "minutes", valueName: "MIN" } },
} as const;
const command = { args: capabilityArgs(flags), meta: { examples: [] } };
const read = async (...argv: string[]) =>
  readCapabilities("vm set", (await parse("vm set", argv, command)).values, flags);

test("a flag sets its key of its capability, on, off or not at all", async () => {
  expect(await read()).toBeNull();
  expect(await read("--nat")).toEqual({ nat: { masquerade: true } });
  expect(await read("--no-nat", "--time-limit", "5")).toEqual({ nat: { masquerade: false }, limit: { minutes: 5 } });
  expect(await read("--nat", "--no-nat")).toEqual({ nat: { masquerade: false } });
});

test("what is no number is refused", async () => {
  for (const bad of ["x", "", "NaN", "Infinity"])
    expect(await failure(read(`--time-limit=${bad}`))).toMatchObject({ code: "USAGE" });
  expect((await failure(read("--no-time-limit", "3"))).message).toBe("unknown flag --no-time-limit");
});

test("help and completion know both forms", () => {
  expect(flagNames(command.args)).toEqual(["--nat", "--no-nat", "--time-limit"]);
  const help = commandHelp(
    { path: ["vm"], summary: "s", load: () => Promise.reject(new Error("not needed")) },
    { ...command, run: async () => 0 },
    null,
    palette(false),
  );
  expect(help).toContain("--[no-]nat");
  expect(help).toContain("--time-limit MIN");
});
