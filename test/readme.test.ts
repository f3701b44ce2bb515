import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { matches, readmeFiles, readmeSteps } from "./helpers/readme-blocks.ts";
import { root } from "./helpers/source-files.ts";

describe("README.md", () => {
  const text = readFileSync(join(root, "README.md"), "utf8");

  test("opens with what is required", () => {
    expect(text.split("\n\n")[1]).toMatch(/amd64 Linux only/);
  });

  test("has commands, all of them banger's or npm's", () => {
    const steps = readmeSteps(text);
    expect(steps.length).toBeGreaterThan(5);
    expect(steps.map(({ command }) => command).filter((command) => !/\b(banger|npm) /.test(command))).toEqual([]);
  });

  test("links to files that exist", () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, path]) => path!);
    expect(links.length).toBeGreaterThan(3);
    for (const path of links) expect(readFileSync(join(root, path), "utf8").length).toBeGreaterThan(0);
  });
});

describe("blocks", () => {
  test("commands, what is typed into them, what they print", () => {
    const markdown =
      "# x\n```console\n$ a \\\n  b\nout\n\n$ c\nroot@demo:~# d e\nf\nroot@demo:~# exit\ng\n```\n```toml\n$ no\n```\n";
    expect(readmeSteps(markdown)).toEqual([
      { line: 3, command: "a \\\n  b", typed: [], output: ["out", ""] },
      { line: 7, command: "c", typed: ["d e", "exit"], output: ["f", "g"] },
    ]);
  });

  test("files, by their paths", () => {
    const markdown = "a\n```json b/c.json\n{}\n```\n```ts\nno\n```\n```ts d.ts\ne\n\nf\n```\n";
    expect(readmeFiles(markdown)).toEqual([
      { line: 2, path: "b/c.json", text: "{}\n" },
      { line: 8, path: "d.ts", text: "e\n\nf\n" },
    ]);
  });

  test("nothing runnable escapes", () => {
    expect(() => readmeSteps("```sh\nrm\n```\n")).toThrow("console block");
    expect(() => readmeSteps("```console\nout\n```\n")).toThrow("without a command");
    expect(() => readmeSteps("```console\n$ x\n")).toThrow("no end");
  });

  test("outputs agree but for numbers, widths and what … stands for", () => {
    expect(matches(["start  demo  1.1s", "", "…", "end"], "start demo   20.5s\na\nb\nend\n")).toBe(true);
    expect(matches(["start … 1s"], "start any thing 1.25s\n")).toBe(true);
    expect(matches(["1,204 files"], "3 files\n")).toBe(true);
    expect(matches(["stop  demo  6.8s", "8G 7s"], "stop demo 2m 25s\n8G  1m\n")).toBe(true);
    expect(matches([], "\n")).toBe(true);
    expect(matches(["a", "b"], "a\nc\n")).toBe(false);
    expect(matches(["a"], "a\nb\n")).toBe(false);
    expect(matches(["(a|b)"], "a\n")).toBe(false);
  });
});
