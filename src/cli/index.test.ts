import { describe, expect, test } from "bun:test";
import { fakeIo, type FakeIoOptions } from "../../test/helpers/fake-io.ts";
import { run } from "./index.ts";

async function ran(argv: readonly string[], options?: FakeIoOptions) {
  const io = fakeIo(options);
  const code = await run(argv, io);
  return { code, stdout: io.stdout(), stderr: io.stderr() };
}

test("banger alone is help, on stdout", async () => {
  const { code, stdout, stderr } = await ran([]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("Usage  banger COMMAND");
  expect(stdout).not.toContain("\u001b");
});

test("the version, in three ways", async () => {
  const { stdout } = await ran(["version"]);
  expect(stdout).toMatch(/^banger \d+\.\d+\.\d+/);
  expect((await ran(["--version"])).stdout).toBe(stdout);
  expect(JSON.parse((await ran(["version", "--json"])).stdout)).toEqual({
    version: stdout.trim().slice("banger ".length),
  });
});

test("NO_COLOR and a missing terminal mean no colour", async () => {
  expect((await ran([], { terminal: true })).stdout).toContain("\u001b[1m");
  expect((await ran([], { terminal: true, env: { NO_COLOR: "1" } })).stdout).not.toContain("\u001b");
  expect((await ran([], { terminal: true, env: { NO_COLOR: "" } })).stdout).toContain("\u001b[1m");
});

describe("exit statuses", () => {
  test.each([
    [
      ["vm", "run", "--memroy", "512"],
      2,
      "banger: unknown flag --memroy\n  did you mean --memory?  (banger vm run --help)\n",
    ],
    [["vm", "run", "--vcpu", "0"], 2, "banger: --vcpu must be a whole number from 1 to 32, not 0\n"],
    [["vm", "run", "--name", "a_b"], 2, 'banger: the name "a_b" has characters other than a-z, 0-9 and -\n'],
    [["vm", "run", "-d", "--rm"], 2, "banger: --detach and --rm exclude each other\n"],
    [["vm", "run", "--rm", "--keep-failed"], 2, "banger: --keep-failed and --rm exclude each other\n"],
    [["vm", "run", "./repo"], 2, 'banger: vm run does not take the argument "./repo"\n'],
    [["vm", "exec"], 2, "banger: vm exec needs a NAME\n"],
    [["vm", "set", "otter"], 2, "banger: nothing to change is given\n"],
    [["vm", "cp", "a", "b"], 2, "banger: neither side is in a VM\n"],
    [["completion", "tcsh"], 2, 'banger: there is no completion for "tcsh"\n'],
    // A daemon cannot be started where no directory can be made.
    [["vm", "list"], 1, "banger: /nonexistent/run/banger cannot be made"],
    [["vm", "exec", "otter", "--", "true"], 125, "banger: /nonexistent/run/banger cannot be made"],
    [["vm", "run", "--rm", "--", "true"], 125, "banger: /nonexistent/run/banger cannot be made"],
  ])("%p: %d", async (argv, code, beginning) => {
    const env = { XDG_RUNTIME_DIR: "/proc/nonexistent/run" };
    const result = await ran(argv, { env });
    expect(result.code).toBe(code);
    expect(result.stdout).toBe("");
    expect(result.stderr.replaceAll("/proc/nonexistent", "/nonexistent").startsWith(beginning)).toBe(true);
  });

  test("with --json an error is an object on stdout and an event on stderr", async () => {
    const { code, stdout, stderr } = await ran(["vm", "stop", "--json"]);
    expect(code).toBe(2);
    const error = { code: "USAGE", message: "vm stop needs a NAME", hint: "banger vm stop --help" };
    expect(JSON.parse(stdout)).toEqual({ error });
    expect(JSON.parse(stderr)).toEqual({ type: "error", error });
  });
});
