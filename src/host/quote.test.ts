import { expect, test } from "bun:test";
import fc from "fast-check";
import { pasteable, quote } from "./quote.ts";

test("plain words stay as they are", () => {
  expect(quote("if=none,id=a,file=/a/b.ext4")).toBe("if=none,id=a,file=/a/b.ext4");
  expect(quote("")).toBe("''");
  expect(quote("it's $HOME")).toBe(`'it'\\''s $HOME'`);
  expect(quote("~root")).toBe("'~root'");
});

test("a shell reads back what was quoted, whatever it is", () => {
  const words = fc.array(
    fc.string({ unit: "grapheme" }).filter((word) => !word.includes("\0")),
    { minLength: 1, maxLength: 20 },
  );
  fc.assert(
    fc.property(words, (argv) => {
      const line = `printf '%s\\0' ${argv.map(quote).join(" ")}`;
      expect(Bun.spawnSync(["sh", "-c", line]).stdout.toString()).toBe(argv.map((word) => `${word}\0`).join(""));
    }),
    { numRuns: 60 },
  );
});

test("input becomes a here-document that a shell can read", () => {
  expect(pasteable(["nft", "-f", "-"], "add rule\n")).toEqual(["nft -f - <<'end'", "add rule", "end"]);
  const tricky = "end\n$HOME `x`\nend_";
  expect(Bun.spawnSync(["sh", "-c", pasteable(["cat"], tricky).join("\n")]).stdout.toString()).toBe(`${tricky}\n`);
});

test("input that is long, or no text, is left out", () => {
  expect(pasteable(["cat"], "x".repeat(5000))).toEqual(["cat"]);
  expect(pasteable(["cat"], new Uint8Array(3))).toEqual(["cat"]);
  expect(pasteable(["cat"], "")).toEqual(["cat"]);
});
