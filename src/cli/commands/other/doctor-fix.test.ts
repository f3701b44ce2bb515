import { expect, test } from "bun:test";
import { fakeIo } from "../../../../test/helpers/fake-io.ts";
import { resolvePaths } from "../../../core/model/paths.ts";
import { toReport } from "../../../doctor/report.ts";
import { createContext } from "../../context.ts";
import { fixesOf, mend } from "./doctor-fix.ts";

const echo = ["sh", "-c", "echo mended >&2; exit 3"];
const report = toReport("1", [
  { row: "fine", status: "pass", message: "", fix: ["rm", "-rf", "/"] },
  { row: "kvm", status: "warn", message: "", fix: ["sudo", "usermod", "-aG", "kvm", "u"] },
  { row: "vmm", status: "fail", message: "" },
  { row: "tools", status: "fail", message: "", fix: ["sudo", "usermod", "-aG", "kvm", "u"] },
  { row: "ssh", status: "warn", message: "", fix: ["rm", "a b"] },
]);

function context(options: Parameters<typeof fakeIo>[0] = {}) {
  const io = fakeIo(options);
  return { io, ctx: createContext("doctor", {}, null, io, resolvePaths(io.env, 1000, "/nonexistent")) };
}

async function* typed(text: string) {
  yield Buffer.from(text);
}

test("each command once, of rows that did not pass; root needs no sudo", () => {
  expect(fixesOf(report, false)).toEqual([
    { argv: ["sudo", "usermod", "-aG", "kvm", "u"], rows: ["kvm", "tools"] },
    { argv: ["rm", "a b"], rows: ["ssh"] },
  ]);
  expect(fixesOf(report, true)[0]!.argv[0]).toBe("usermod");
});

test("without a terminal nothing is run unless one is sure", async () => {
  const { io, ctx } = context();
  expect(mend(ctx, report, false)).rejects.toMatchObject({ code: "USAGE" });
  await Bun.sleep(1);
  expect(io.stderr()).toContain("  rm 'a b'  (ssh)\n");
});

test("what is answered counts", async () => {
  const { ctx } = context({ terminal: true, input: typed("n\n") });
  expect(await mend(ctx, report, false)).toBe(false);
});

test("a command that fails keeps none of the others from being run", async () => {
  const { io, ctx } = context({ env: { PATH: process.env["PATH"]! } });
  const two = toReport("1", [
    { row: "a", status: "fail", message: "", fix: echo },
    { row: "b", status: "warn", message: "", fix: ["banger-no-such-program"] },
    { row: "c", status: "warn", message: "", fix: ["true"] },
  ]);
  expect(await mend(ctx, two, true)).toBe(true);
  const { stderr } = { stderr: io.stderr() };
  expect(stderr).toContain("it ended with 3\n");
  expect(stderr).toContain("banger-no-such-program is not installed\n");
  expect(stderr).toEndWith("$ true\n");
});

test("where no command helps, it says so", async () => {
  const { io, ctx } = context();
  expect(await mend(ctx, toReport("1", [{ row: "vmm", status: "fail", message: "" }]), true)).toBe(false);
  expect(io.stderr()).toBe("There is nothing that a command would mend.\n");
});
