import { expect, test } from "bun:test";
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { banger } from "../helpers/binary.ts";
import { scratchFolder } from "../helpers/scratch.ts";

const root = scratchFolder();
mkdirSync(`${root}/state/banger/images/alpine:3.20`, { recursive: true });
const env = {
  PATH: `${dirname(banger)}:${process.env["PATH"]}`,
  HOME: root,
  XDG_STATE_HOME: `${root}/state`,
  XDG_RUNTIME_DIR: root,
};

async function ran(argv: readonly string[]) {
  const child = Bun.spawn([...argv], { cwd: root, env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, stdout, stderr };
}

/** What bash's own machinery makes of a line whose end is completed. */
async function bash(words: readonly string[]): Promise<string[]> {
  const script = `
    source <(banger completion bash) || exit 9
    [[ $(complete -p banger) == "complete -F _banger banger" ]] || exit 8
    COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 ))
    _banger
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { code, stdout, stderr } = await ran(["bash", "--norc", "-c", script, "bash", ...words]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout.split("\n").filter((line) => line !== "");
}

test("bash: commands, flags, fixed values, names with a colon, files", async () => {
  expect(await bash(["banger", "vm", "st"])).toEqual(["start", "stop", "stats"]);
  expect(await bash(["banger", "vm", "run", "--mem"])).toEqual(["--memory"]);
  expect(await bash(["banger", "vm", "run", "--wait", ""])).toEqual(["agent", "boot", "ssh"]);
  expect(await bash(["banger", "vm", "run", "--image", "al"])).toEqual(["alpine:3.20"]);
  expect(await bash(["banger", "vm", "cp", "sta"])).toEqual(["state"]);
  expect(await bash(["banger", "vm", "exec", "otter", "--", ""])).toEqual([]);
}, 30_000);

// Each shell that is here reads its script; what it then asks is the same for all.
const found = ["bash", "zsh", "fish"].filter((shell) => Bun.which(shell) !== null);
test.each(found)("%s reads its script", async (shell) => {
  const { stdout: script } = await ran([banger, "completion", shell]);
  await Bun.write(`${root}/script`, script);
  const { code, stderr } = await ran([shell, "-n", `${root}/script`]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

test("candidates come with a description, and nothing is started for them", async () => {
  const { stdout } = await ran([banger, "__complete", "--describe", "--", "vm", "prun"]);
  expect(stdout).toBe("prune\tDelete all VMs that are not running\n");
  expect((await ran([banger, "__complete", "--", "vm", "stop", ""])).stdout).toBe("");
  expect(existsSync(`${root}/banger`)).toBe(false);
});
