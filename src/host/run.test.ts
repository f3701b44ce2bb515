import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { failure } from "../../test/helpers/failure.ts";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { BangerError } from "../core/api/errors.ts";
import { readStat } from "./proc.ts";
import { run as runIn } from "./run.ts";
import { searchPath } from "./search-path.ts";

const folder = scratchFolder();
const place = {
  env: { HOME: "/nowhere", BUN_OPTIONS: "--preload=/evil.ts" },
  path: searchPath(undefined),
  graceMs: 300,
};
const run = (argv: [string, ...string[]], options?: Parameters<typeof runIn>[2]) => runIn(place, argv, options);
const sh = (script: string, options?: Parameters<typeof runIn>[2]) => run(["sh", "-c", script], options);

/** The group of a script that wrote its pid is gone, down to its last member. */
const gone = async (file: string): Promise<boolean> => {
  const pids = (await Bun.file(file).text()).trim().split("\n").map(Number);
  for (let wait = 0; wait < 50 && pids.some((pid) => readStat(pid) !== null); wait++) await Bun.sleep(10);
  return pids.length > 0 && pids.every((pid) => readStat(pid) === null);
};

test("output, both streams apart, and the exit code", async () => {
  expect(await sh("echo out; echo err >&2; pwd; exit 3", { cwd: "/tmp", okCodes: [3] })).toEqual({
    code: 3,
    stdout: "out\n/tmp\n",
    stderr: "err\n",
  });
});

test("arguments arrive as they are", async () => {
  const odd = ["a b", "", "$HOME", "'", '"', "\n", "*", "-n"];
  expect((await run(["printf", "%s|", ...odd])).stdout).toBe(odd.map((word) => `${word}|`).join(""));
});

test("input arrives, and a program that does not read it is no failure", async () => {
  expect((await run(["sha256sum"], { input: "abc" })).stdout).toStartWith("ba7816bf");
  expect((await run(["wc", "-c"], { input: new Uint8Array(3_000_000) })).stdout.trim()).toBe("3000000");
  expect((await run(["true"], { input: new Uint8Array(3_000_000) })).code).toBe(0);
});

test("the environment is ours, with changes, without what steers Bun, in English", async () => {
  const { stdout } = await run(["env"], { env: { ADDED: "1", HOME: null } });
  expect(
    stdout
      .split("\n")
      .filter((line) => !/^(PATH|PWD|SHLVL|_)=/.test(line))
      .sort(),
  ).toEqual(["", "ADDED=1", "LC_ALL=C.UTF-8"]);
  expect(stdout).toContain("/usr/sbin");
});

test("lines come while the program runs", async () => {
  const seen: string[] = [];
  const first = Promise.withResolvers<void>();
  const running = sh("echo one; echo two >&2; read answer; echo three", {
    onLine: (line, stream) => {
      seen.push(`${stream} ${line}`);
      if (seen.length === 2) first.resolve();
    },
  });
  await first.promise;
  await running.catch(() => {});
  expect(seen.sort()).toEqual(["stderr two", "stdout one", "stdout three"]);
});

describe("failures", () => {
  test("show a command to paste and the end of stderr", async () => {
    const error = await failure(run(["sh", "-c", 'for i in $(seq 40); do echo "line $i" >&2; done; exit 7']));
    expect(error).toBeInstanceOf(BangerError);
    expect([error.code, error.message]).toEqual(["COMMAND_FAILED", "sh exited 7"]);
    expect(error.detail[0]).toBe(`sh -c 'for i in $(seq 40); do echo "line $i" >&2; done; exit 7'`);
    expect(error.detail.slice(1, 3)).toEqual(["… 25 lines before", "line 26"]);
    expect(error.detail.at(-1)).toBe("line 40");
  });

  test("a death by signal, a missing folder, a missing program", async () => {
    expect(await failure(sh("kill -9 $$"))).toMatchObject({
      code: "COMMAND_FAILED",
      message: "sh was ended by SIGKILL",
    });
    expect(await failure(run(["true"], { cwd: "/no/such" }))).toMatchObject({
      code: "COMMAND_FAILED",
      message: "true cannot be started: there is no folder /no/such",
    });
    expect(await failure(runIn({ ...place, path: ["/nowhere"] }, ["mke2fs", "x"]))).toMatchObject({
      code: "TOOL_MISSING",
      message: "mke2fs is not installed",
      hint: "apt install e2fsprogs · dnf install e2fsprogs · pacman -S e2fsprogs",
    });
    expect(await failure(run(["/no/such/tool"]))).toMatchObject({
      code: "TOOL_MISSING",
      message: "there is no program /no/such/tool",
    });
    writeFileSync(join(folder, "odd"), "#!/no/such/shell\n", { mode: 0o755 });
    expect(await failure(run([join(folder, "odd")]))).toMatchObject({
      code: "COMMAND_FAILED",
      message: "odd cannot be started: ENOENT",
    });
  });

  test("a program in the current folder is never meant", async () => {
    writeFileSync(join(folder, "ls"), "#!/bin/sh\necho evil\n", { mode: 0o755 });
    const { stdout } = await runIn({ ...place, path: searchPath(".:/usr/bin:") }, ["ls"], { cwd: folder });
    expect(stdout).not.toContain("evil");
    expect(await failure(run(["./ls"], { cwd: folder }))).toMatchObject({ code: "TOOL_MISSING" });
  });

  test("endless output ends the program", async () => {
    expect(await failure(run(["yes"]))).toMatchObject({
      code: "COMMAND_FAILED",
      message: "yes printed more than 8 MiB",
    });
  });

  test("a callback that throws ends the program and is what run throws", async () => {
    const file = join(folder, "thrower");
    const error = await failure(
      sh(`echo $$ > ${file}; echo line; sleep 100`, {
        onLine: () => {
          throw new Error("boo");
        },
      }),
    );
    expect(error.message).toBe("boo");
    expect(await gone(file)).toBe(true);
  });
});

describe("cancelling ends the whole group", () => {
  test("by its signal, children too", async () => {
    const file = join(folder, "pids");
    const abort = new AbortController();
    const running = sh(`sleep 100 & echo $! >> ${file}; echo $$ >> ${file}; echo ready; wait`, {
      signal: abort.signal,
      onLine: () => abort.abort(),
    });
    expect(await failure(running)).toMatchObject({ code: "CANCELLED", message: "sh was cancelled" });
    expect(await gone(file)).toBe(true);
  });

  test("with the reason where that is one of our errors; before the start too", async () => {
    const reason = new BangerError("GUEST_GONE", "gone");
    expect(await failure(sh("sleep 100", { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(await failure(sh("sleep 100", { signal: AbortSignal.timeout(20) }))).toMatchObject({ code: "CANCELLED" });
  });

  test("by its time, also where it does not listen to SIGTERM", async () => {
    const file = join(folder, "deaf");
    const start = performance.now();
    const error = await failure(
      sh(`trap '' TERM; echo $$ > ${file}; while :; do sleep 0.05; done`, { timeoutMs: 100 }),
    );
    expect(error.message).toBe("sh did not end within 0.1 s");
    expect(performance.now() - start).toBeWithin(350, 5000);
    expect(await gone(file)).toBe(true);
  });
});

test("a background child that keeps the pipe open holds nothing up", async () => {
  const start = performance.now();
  expect((await sh("sleep 5 & echo done; exit 0")).stdout).toBe("done\n");
  expect(performance.now() - start).toBeLessThan(3000);
});
