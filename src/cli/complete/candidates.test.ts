import { expect, test } from "bun:test";
import { candidates, type Names } from "./candidates.ts";

const names: Names = async (kind) =>
  ({
    vm: ["brave-otter", "quiet-heron"],
    "running-vm": ["brave-otter"],
    image: ["debian-bookworm"],
    kernel: ["debian-cloud"],
    plugin: ["hello"],
  })[kind];
const values = async (...words: string[]): Promise<string[]> =>
  (await candidates(words, names)).values.map(({ value }) => value);

test.each([
  [["im"], ["image"]],
  [
    ["vm", "st"],
    ["start", "stop", "stats"],
  ],
  [
    ["vm", "stop", ""],
    ["brave-otter", "quiet-heron"],
  ],
  [["vm", "rm", "q"], ["quiet-heron"]],
  [["vm", "stop", "brave-otter", ""], ["quiet-heron"]],
  [["vm", "exec", ""], ["brave-otter"]],
  [["vm", "exec", "brave-otter", ""], ["--"]],
  [["vm", "exec", "brave-otter", "--", ""], []],
  [["vm", "run", "--im"], ["--image"]],
  [["vm", "run", "--image", ""], ["debian-bookworm"]],
  [["vm", "run", "--image=d"], ["--image=debian-bookworm"]],
  [["vm", "run", "--image", "="], ["debian-bookworm"]],
  [["vm", "run", "--image", "=", "deb"], ["debian-bookworm"]],
  [["vm", "run", "--wait", "b"], ["boot"]],
  [["vm", "run", "--rm", "--r"], []],
  [["vm", "run", "--env", "A=1", "--en"], ["--env"]],
  [
    ["vm", "create", "--no"],
    ["--no-start", "--no-nat"],
  ],
  [["vm", "kill", "--signal", "T"], ["TERM"]],
  [
    ["completion", ""],
    ["bash", "zsh", "fish"],
  ],
  [["nonsense", ""], []],
  [["vm", "nonsense", ""], []],
  [["__com"], []],
])("%p → %p", async (words, expected) => {
  expect(await values(...words)).toEqual(expected);
});

test("a copy's ends are VMs and files", async () => {
  expect(await candidates(["vm", "cp", ""], names)).toEqual({
    values: [{ value: "brave-otter:", help: "" }],
    files: true,
  });
});

test("commands come with what they do", async () => {
  expect((await candidates(["vm", "prun"], names)).values).toEqual([
    { value: "prune", help: "Delete all VMs that are not running" },
  ]);
});
