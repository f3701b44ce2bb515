import { expect, test } from "bun:test";
import { fakeIo } from "../../../test/helpers/fake-io.ts";
import { entries, groups } from "../registry.ts";
import { commandHelp, wrap } from "./command-help.ts";
import { helpText } from "./help.ts";
import { palette } from "../render/style.ts";
import { outputFlags, vmReferences } from "../commands/flags.ts";
import { startFlags } from "../commands/vm/making.ts";
import { sizeFlags } from "../commands/vm/sizes.ts";

test("a command's help", () => {
  const command = {
    meta: {
      notes: ["It counts from the next start on."],
      examples: ["banger vm demo web"],
      guestCommand: "after-positionals",
    },
    args: {
      ...vmReferences,
      ...sizeFlags,
      ...startFlags,
      start: { type: "boolean", default: true, description: "Make it only" },
      ...outputFlags,
    },
    run: async () => 0,
  } as const;
  const entry = {
    path: ["vm", "demo"],
    aliases: ["de"],
    summary: "Show what help looks like",
    load: async () => ({ default: command }),
  } as const;
  const defaults = {
    vcpu: { value: 2, origin: "auto" },
    memoryMiB: { value: 1024, origin: "config" },
    diskBytes: { value: 8 * 2 ** 30, origin: "builtin" },
    image: "debian-bookworm",
  } as const;
  expect(commandHelp(entry, command, defaults, palette(false))).toBe(
    `Show what help looks like

Usage  banger vm demo [FLAG…] NAME… [-- COMMAND [ARG…]]
       also: vm de

  NAME                    Names, ids, or beginnings of ids

Size
      --vcpu N            Virtual CPUs (default 2, auto)
      --memory SIZE       Memory, like 512M or 2G (default 1024M, config)
      --disk-size SIZE    Room on its disks, like 8G (default 8G, builtin)

Start
      --wait agent|boot|ssh
                          How far the boot must be: the agent answers (default),
                          the image's init has finished, or its sshd answers
      --boot-timeout TIME
                          Give up when the guest has not answered by then, like
                          90s
      --keep-failed       Leave what a failed start has set up, to look at

Flags
      --no-start          Make it only

Output
  -q, --quiet             No progress
      --json              One JSON object at the end, events as JSON lines on
                          stderr

It counts from the next start on.

Examples
  banger vm demo web`,
  );
});

test("all help fits into 80 columns", async () => {
  const io = fakeIo();
  const paths = [[], ...groups.map(({ name }) => [name]), ...entries.map(({ path }) => [...path])];
  for (const path of paths) {
    const wide = (await helpText(path, io)).split("\n").filter((line) => Bun.stringWidth(line) > 80);
    expect({ path, wide }).toEqual({ path, wide: [] });
  }
});

test("help for what there is not", async () => {
  expect(await helpText(["vm", "strat"], fakeIo()).catch((thrown: unknown) => thrown)).toMatchObject({
    code: "USAGE",
    hint: expect.stringContaining("did you mean vm start?"),
  });
});

test("text is broken at spaces", () => {
  expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrap("unbreakable word", 5)).toEqual(["unbreakable", "word"]);
});
