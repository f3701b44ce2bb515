import { expect, test } from "bun:test";
import fc from "fast-check";
import { withoutPin, withPin } from "./pin.ts";
import { readPins } from "./pins.ts";

const pinOf = (digit: string) => ({ digest: `sha256:${digit.repeat(64)}`, manifest: `sha256:${"0".repeat(64)}` });
const pin = pinOf("a");

test("a pin comes and goes, and every other byte stays", () => {
  const pieces = [
    "# a comment\n",
    "\n",
    'log_level = "info"\n',
    "[vm_defaults]\nvcpu = 1 # one\n",
    "# about the network\n[network]\n",
    "[capabilities.hello]\nword = '''\nx\n'''\n",
    withPin("", "other", pinOf("b")),
  ];
  fc.assert(
    fc.property(fc.uniqueArray(fc.constantFrom(...pieces), { comparator: "SameValue" }), (parts) => {
      // Keys of the file itself come before the first table.
      const text = parts.toSorted((a, b) => Number(a.includes("[")) - Number(b.includes("["))).join("");
      const pinned = withPin(text, "hello", pin);
      expect(pinned).toStartWith(text);
      expect(readPins(pinned).pins.get("hello")).toEqual(pin);
      expect(readPins(pinned).pins.has("other")).toBe(text.includes("plugins.other"));
      expect(withoutPin(pinned, "hello").trimEnd()).toBe(text.trimEnd());
    }),
  );
});

test("enabling again replaces the pin and leaves one table", () => {
  const again = withPin(withPin("a = 1\n", "hello", pinOf("b")), "hello", pin);
  expect(again.match(/\[plugins\.hello\]/g)).toHaveLength(1);
  expect(readPins(again).pins.get("hello")).toEqual(pin);
});

test("a comment about the next table stays with that table", () => {
  const text = `${withPin("", "hello", pin)}\n# mine\n[network]\n`;
  expect(withoutPin(text, "hello")).toContain("# mine\n[network]\n");
});

test("a table that was written in another way is not touched", () => {
  const text = `plugins = { hello = { digest = "${pin.digest}", manifest = "${pin.manifest}" } }\n`;
  expect(readPins(text).pins.get("hello")).toEqual(pin);
  expect(() => withoutPin(text, "hello")).toThrow("in a way that banger does not change");
  expect(() => withPin("[broken\n", "hello", pin)).toThrow("in a way that banger does not change");
});

test("what is no pin enables nothing", () => {
  for (const bad of ["digest = 1", 'digest = "sha256:xyz"\nmanifest = ""', ""])
    expect(readPins(`[plugins.hello]\n${bad}\n`).pins.size).toBe(0);
  expect(readPins(withPin("", "hello", pin).replace("hello", '"../x"')).pins.size).toBe(0);
});
