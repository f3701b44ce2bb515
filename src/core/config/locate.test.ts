import toml from "@iarna/toml";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { linesByPath, locate } from "./locate.ts";

const lines = (text: string): Record<string, number> => {
  toml.parse(text);
  return Object.fromEntries(linesByPath(text));
};

describe("locate", () => {
  test("tables, dotted keys and comments", () => {
    expect(lines('a = 1 # b = 2\n\n[t.u]\n# c = 3\n"d e".f = 4\n  g=5\n')).toEqual({
      '["a"]': 1,
      '["t"]': 3,
      '["t","u"]': 3,
      '["t","u","d e"]': 5,
      '["t","u","d e","f"]': 5,
      '["t","u","g"]': 6,
    });
  });

  test("arrays of tables, and tables in their last element", () => {
    expect(lines("[[a]]\nx=1\n[a.b]\ny=1\n[[a]]\n[[a.c]]\n[[a.c]]\nz=1\n")).toEqual({
      '["a"]': 1,
      '["a",0]': 1,
      '["a",0,"x"]': 2,
      '["a",0,"b"]': 3,
      '["a",0,"b","y"]': 4,
      '["a",1]': 5,
      '["a",1,"c"]': 6,
      '["a",1,"c",0]': 6,
      '["a",1,"c",1]': 7,
      '["a",1,"c",1,"z"]': 8,
    });
  });

  test("strings of every kind hide what is in them", () => {
    const text = [
      'a = """',
      "b = 1",
      '\\""" ]',
      '"quoted""""',
      "c = '''",
      "d = 1 ''",
      "'''",
      'e = "[x] # \\" = "',
      "f = '\\'",
      "g = 1",
    ].join("\n");
    expect(lines(text)).toEqual({ '["a"]': 1, '["c"]': 5, '["e"]': 8, '["f"]': 9, '["g"]': 10 });
  });

  test("arrays over several lines, inline tables, dates", () => {
    expect(lines("a = [ # ]\n  1, [2],\n  { b = 3, c.d = [4] },\n]\ne = 1979-05-27 07:32:00\n")).toEqual({
      '["a"]': 1,
      '["a",0]': 2,
      '["a",1]': 2,
      '["a",1,0]': 2,
      '["a",2]': 3,
      '["a",2,"b"]': 3,
      '["a",2,"c"]': 3,
      '["a",2,"c","d"]': 3,
      '["a",2,"c","d",0]': 3,
      '["e"]': 5,
    });
  });

  test("a path that is not written down has the line of what encloses it", () => {
    const lineOf = locate("a = 1\n[b]\nc = { d = 1 }\n");
    expect([lineOf(["b", "c", "x", "y"]), lineOf(["b", "z"]), lineOf(["nowhere"]), lineOf([])]).toEqual([3, 2, 1, 1]);
  });

  test("a long string and deep nesting do not exhaust the stack", () => {
    expect(lines(`a = "${'\\"'.repeat(100_000)}"\nb = """${"\n".repeat(100_000)}"""\nc = 1`)['["c"]']).toBe(100_003);
    expect(linesByPath(`a = ${"[".repeat(3000)}${"]".repeat(3000)}\nb = 1`).get('["b"]')).toBe(2);
  });

  test("finds exactly the paths that the parser finds", () => {
    const scalar = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.integer().map((n) => n / 64),
      fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
    );
    const table = fc.letrec((tie) => ({
      table: fc.dictionary(key, tie("value"), { maxKeys: 4 }),
      value: fc.oneof(
        { maxDepth: 4 },
        scalar,
        fc.array(fc.string(), { maxLength: 3 }),
        fc.array(tie("table"), { maxLength: 3 }),
        tie("table"),
      ),
    })).table as fc.Arbitrary<toml.JsonMap>;
    fc.assert(
      fc.property(table, (value) => {
        const text = toml.stringify(value);
        expect([...linesByPath(text).keys()].sort()).toEqual(pathsOf(toml.parse(text)).sort());
      }),
    );
  });

  test("finds the line that each key was put on", () => {
    const chunk = fc.record({
      fill: fc.constantFrom("", "# x = 1\n", "\n\n", "  # [t]\n", "\r\n"),
      value: fc.oneof(fc.constantFrom(...values), text),
    });
    fc.assert(
      fc.property(
        fc.array(chunk, { maxLength: 12 }),
        fc.constantFrom("", "[t]\n", "[[t]]\n", '["t"."u v"]\n'),
        (chunks, header) => {
          let written = "";
          const expected = new Map<number, number>();
          for (const [index, { fill, value }] of chunks.entries()) {
            if (index === 3) written += header;
            written += fill;
            expected.set(index, written.split("\n").length);
            written += `k${index} = ${value}\n`;
          }
          toml.parse(written);
          for (const [path, line] of linesByPath(written)) {
            const name = /"k(\d+)"\]$/.exec(path)?.[1];
            if (name !== undefined) {
              expect(line).toBe(expected.get(Number(name))!);
              expected.delete(Number(name));
            }
          }
          expect(expected.size).toBe(0);
        },
      ),
    );
  });
});

const key = fc
  .oneof(fc.stringMatching(/^[A-Za-z0-9_-]{1,6}$/), fc.string({ maxLength: 6 }))
  .filter((key) => key !== "__proto__");
const text = fc.string({ unit: "grapheme" }).map((text) => JSON.stringify(text).replaceAll("\u007f", "\\u007f"));
const values = [
  "1",
  "-1.5e3",
  "true",
  "[\n 1,\n # ]\n 2 ]",
  "[\"]\", '[']",
  '{ a = "}", b = { c = [1, 2] } }',
  "'''\n] = [\n''''",
  '"""\\\n  "" x = 1\n\\"""" # """',
  "1979-05-27 07:32:00",
];

function pathsOf(value: unknown, path: (string | number)[] = []): string[] {
  const own = path.length === 0 ? [] : [JSON.stringify(path)];
  if (typeof value !== "object" || value === null || value instanceof Date) return own;
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [...own, ...entries.flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}
