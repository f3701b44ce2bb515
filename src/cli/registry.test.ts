import { describe, expect, test } from "bun:test";
import { parse } from "./parse/parse.ts";
import { entries, find, groups } from "./registry.ts";

describe("which command is meant", () => {
  test.each([
    [["vm", "run", "--rm"], "vm run", ["--rm"]],
    [["vm", "ls"], "vm list", []],
    [["vm", "rm", "otter"], "vm delete", ["otter"]],
    [["ps", "-q"], "ps", ["-q"]],
    [["version"], "version", []],
  ])("%p → %s", (argv, command, rest) => {
    expect(find(argv)).toMatchObject({ kind: "command", command, rest });
  });

  test.each([
    [[], []],
    [["--help"], []],
    [["vm"], ["vm"]],
    [["vm", "-h"], ["vm"]],
    [
      ["help", "vm", "run"],
      ["vm", "run"],
    ],
    [
      ["vm", "help", "run"],
      ["vm", "run"],
    ],
  ])("%p is help of %p", (argv, path) => {
    expect(find(argv)).toEqual({ kind: "help", path });
  });

  test.each([
    [["vm", "lsit"], 'vm has no command "lsit"', "did you mean vm list?  (banger vm --help)"],
    [["vmm"], 'there is no command "vmm"', "did you mean vm?  (banger --help)"],
    [["run"], 'there is no command "run"', "did you mean banger vm run?  (banger --help)"],
    [["frobnicate"], 'there is no command "frobnicate"', "banger --help"],
    [["--verbose"], "unknown flag --verbose", "banger --help"],
    [["vm", "--json"], "unknown flag --json", "banger vm --help"],
  ])("%p: %s", (argv, message, hint) => {
    expect(() => find(argv)).toThrow(expect.objectContaining({ code: "USAGE", message, hint }));
  });
});

describe("every command", () => {
  test("has a name of its own and a group that there is", () => {
    const names = entries.flatMap(({ path, aliases = [] }) => [
      path.join(" "),
      ...aliases.map((alias) => `${path[0]} ${alias}`),
    ]);
    expect(new Set(names).size).toBe(names.length);
    const known = groups.map(({ name }) => name);
    expect(entries.filter(({ path }) => path.length === 2 && !known.includes(path[0]))).toEqual([]);
  });

  test.each(entries.map((entry) => [entry.path.join(" "), entry] as const))(
    "%s: flags, examples and defaults fit together",
    async (command, entry) => {
      const { meta, args } = (await entry.load()).default;
      const letters = Object.values(args).flatMap((arg) =>
        "alias" in arg && arg.alias !== undefined ? [arg.alias] : [],
      );
      expect(new Set(letters).size).toBe(letters.length);
      expect(meta.examples.length).toBeGreaterThan(0);
      expect(entry.summary.length).toBeLessThan(66);
      for (const example of meta.examples.filter((line) => line.startsWith(`banger ${command}`))) {
        const words = example
          .replaceAll(/\$\(.*\)/g, "otter")
          .split(/ *[|<>] */)[0]!
          .replace(/\)$/, "")
          .split(" ")
          .slice(entry.path.length + 1);
        await parse(command, words, { args, meta });
      }
    },
  );
});
