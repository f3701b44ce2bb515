import { expect, test } from "bun:test";
import { banger } from "../helpers/binary.ts";

const env = { PATH: process.env["PATH"], HOME: "/nonexistent", XDG_RUNTIME_DIR: "/nonexistent" };

async function shell(script: string): Promise<string> {
  const child = Bun.spawn(["bash", "-c", script, "bash", banger], {
    env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  expect(stderr).toBe("");
  return stdout;
}

test("a reader that goes away, or was never there, is no error", async () => {
  expect(await shell('"$1" vm run --help | head -n 1; echo "${PIPESTATUS[0]}"')).toBe(
    "Make a VM and run a command or a shell in it\n0\n",
  );
  expect(await shell('"$1" config schema >&-; echo $?')).toMatch(/^[01]\n$/);
});

test("output goes out whole to a slow reader", async () => {
  expect(await shell('"$1" config schema --json | (sleep 0.3; wc -l)')).toBe("1\n");
});

test("the mode of a pipe that others write to stays as it is", async () => {
  const script = `
    { "$1" config schema; "$1" version; grep ^flags /proc/$$/fdinfo/1; } 2>/dev/null | tail -n 1`;
  const flags = Number.parseInt(/^flags:\s*(\d+)/.exec(await shell(script))![1]!, 8);
  expect(flags & 0o4000).toBe(0);
});

test("an unknown flag: one clear line, what was meant, exit 2", async () => {
  expect(await shell('"$1" vm run --memroy 512 2>&1; echo $?')).toBe(
    "banger: unknown flag --memroy\n  did you mean --memory?  (banger vm run --help)\n2\n",
  );
});
