import { describe, expect, test } from "bun:test";
import type { ProgressEvent } from "../../core/api/events.ts";
import { fakeIo } from "../../../test/helpers/fake-io.ts";
import { progressLine } from "./lines.ts";
import { createReporter, writer } from "./reporter.ts";
import { TtyReporter } from "./tty.ts";

const events: readonly ProgressEvent[] = [
  { type: "spec", vcpu: 2, memoryMiB: 1024, diskBytes: 8 * 2 ** 30 },
  {
    type: "step-start",
    step: "image",
    subject: "debian-bookworm",
    detail: "not here yet: building from this host's apt sources",
  },
  {
    type: "step-progress",
    step: "image",
    subject: "debian-bookworm",
    label: "linux-image-cloud-amd64",
    done: 41e6,
    total: 63e6,
    unit: "bytes",
  },
  { type: "timing", mark: "image", ms: 21_000 },
  { type: "step-end", step: "image", subject: "debian-bookworm", ms: 21_400 },
  { type: "step-start", step: "start", subject: "brave-otter" },
  { type: "step-end", step: "start", subject: "brave-otter", detail: "firecracker, kvm", ms: 400 },
  { type: "notice", level: "warning", message: "the clock is off" },
];

const steps = [
  "spec: 2 vcpu | 1024 MiB | 8G disk",
  "image  debian-bookworm                                         21.4s",
  "start  brave-otter  firecracker, kvm                            0.4s",
  "warning: the clock is off",
  "",
].join("\n");

async function reported(options: { json: boolean; quiet: boolean }): Promise<string> {
  const io = fakeIo();
  const reporter = createReporter(io, options);
  for (const event of events) reporter.event(event);
  reporter.error({ code: "VM_NOT_FOUND", message: "no VM" }, "banger: no VM");
  await reporter.settle();
  expect(io.stdout()).toBe("");
  return io.stderr();
}

test("plain: a line for each step when it ends", async () => {
  expect(await reported({ json: false, quiet: false })).toBe(`${steps}banger: no VM\n`);
});

test("quiet: errors only", async () => {
  expect(await reported({ json: false, quiet: true })).toBe("banger: no VM\n");
});

test("json: every event as a line, times of stages too", async () => {
  const lines = (await reported({ json: true, quiet: false }))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  expect(lines).toEqual([...events, { type: "error", error: { code: "VM_NOT_FOUND", message: "no VM" } }]);
});

describe("on a terminal", () => {
  /** What is on a screen of some width after bytes were written to it: carriage returns, cursor up and erase down are understood. */
  function screen(bytes: string, columns = 80): string[] {
    const lines = [""];
    let row = 0;
    let column = 0;
    for (const [token] of bytes.matchAll(/\u001b\[(\d*)([A-Z])|[^]/g)) {
      const escape = /^\u001b\[(\d*)([A-Z])$/.exec(token);
      if (escape?.[2] === "A") row -= Number(escape[1]);
      else if (escape?.[2] === "J") lines.splice(row, Infinity, (lines[row] ?? "").slice(0, column));
      else if (escape !== null) throw new Error(`unexpected ${JSON.stringify(token)}`);
      else if (token === "\r") column = 0;
      else if (token === "\n") [row, column] = [row + 1, 0];
      else {
        lines[row] = (lines[row] ?? "").padEnd(column).slice(0, column) + token + (lines[row] ?? "").slice(column + 1);
        expect(++column).toBeLessThan(columns);
      }
      lines[row] ??= "";
    }
    return lines;
  }

  async function shown(until: number, columns = 80, elapsed = 0): Promise<{ moving: string[]; settled: string[] }> {
    const io = fakeIo({ terminal: true });
    let now = 0;
    const reporter = new TtyReporter(
      writer((text) => io.err(text)),
      { color: false, columns: () => columns, now: () => now },
    );
    for (const event of events.slice(0, until)) reporter.event(event);
    now = elapsed;
    await Bun.sleep(120);
    const moving = screen(io.stderr(), columns);
    await reporter.settle();
    return { moving, settled: screen(io.stderr(), columns) };
  }

  test("the running step moves, with its progress below it and its time when it takes long", async () => {
    expect((await shown(3, 80, 12_300)).moving).toEqual([
      "spec: 2 vcpu | 1024 MiB | 8G disk",
      "image  debian-bookworm  not here yet: building from this host's apt sou…  12.3s",
      "       ████████████████░░░░░░░░  linux-image-cloud-amd64  41 of 63 MB",
    ]);
  });

  test("a finished step takes its place", async () => {
    const { moving, settled } = await shown(events.length);
    expect(moving.join("\n")).toBe(steps);
    expect(settled.join("\n")).toBe(steps);
  });

  test("what moves leaves nothing behind, on a narrow screen either", async () => {
    const { moving, settled } = await shown(3, 44);
    expect(moving).toHaveLength(3);
    expect(settled).toEqual(["spec: 2 vcpu | 1024 MiB | 8G disk", ""]);
  });
});

test.each([
  [{ done: 3, total: 4, unit: "packages", label: "" }, "       ██████████████████░░░░░░  3 of 4 packages"],
  [{ done: 5, unit: "files", label: "etc" }, "       etc  5 files"],
  [{ done: 500, unit: "bytes", label: "" }, "       1 kB"],
  [{ done: 9e9, total: 8e9, unit: "bytes", label: "x" }, "       ████████████████████████  x  8.00 of 8.00 GB"],
])("%p", (progress, line) => {
  expect(progressLine({ type: "step-progress", step: "image", subject: "x", ...progress }, 60)).toBe(line);
});
