// Compiles the agent's sources for this machine with sanitizers, for tests.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { agentSources, common, compile } from "../build.ts";

const test = resolve(import.meta.dir);

async function testSources(folder: string): Promise<string[]> {
  const files = await Array.fromAsync(new Bun.Glob("*.c").scan({ cwd: join(test, folder) }));
  return files.sort().map((f) => join(test, folder, f));
}

const sanitizers = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

async function library(): Promise<string[]> {
  return (await agentSources()).filter((f) => f !== "boot/main.c");
}

/** The unit tests as one program: see test/unit/main.c for its arguments. */
export async function buildUnitTests(outDir: string): Promise<string> {
  const out = join(outDir, "unit");
  await compile([
    "gcc",
    ...common,
    `-I${join(test, "unit")}`,
    ...sanitizers,
    ...(await library()),
    ...(await testSources("unit")),
    "-o",
    out,
  ]);
  return out;
}

/** The serving part as an ordinary process: see test/serve.c for its arguments. */
export async function buildServer(outDir: string): Promise<string> {
  const out = join(outDir, "serve");
  await compile(["gcc", ...common, ...sanitizers, ...(await library()), join(test, "serve.c"), "-o", out]);
  return out;
}

export interface FuzzTarget {
  program: string;
  /** Arguments that bound the run to so many seconds. */
  args: (seconds: number) => string[];
}

/** A fuzz target from test/fuzz: with libFuzzer where clang has it, else with the plain driver. */
export async function buildFuzzTarget(outDir: string, name: string): Promise<FuzzTarget> {
  const program = join(outDir, name);
  const target = join(test, "fuzz", `${name}.c`);
  const pure = (await agentSources()).filter((f) =>
    /^(base|wire|config|session\/(mux|stream))|^serve\/address/.test(f),
  );
  try {
    await compile([
      "clang",
      ...common,
      "-g",
      "-O1",
      "-fsanitize=fuzzer,address,undefined",
      "-fno-sanitize-recover=all",
      ...pure,
      target,
      "-o",
      program,
    ]);
    return {
      program,
      args: (seconds) => [
        `-max_total_time=${seconds}`,
        "-max_len=4096",
        "-rss_limit_mb=1024",
        "-artifact_prefix=" + outDir + "/",
        "-print_final_stats=1",
      ],
    };
  } catch {
    await compile(["gcc", ...common, ...sanitizers, ...pure, target, join(test, "fuzz", "driver.c"), "-o", program]);
    return { program, args: (seconds) => [String(seconds), String(process.pid)] };
  }
}

/** What of the tools these tests need is missing here; empty: nothing. */
export function missingTools(): string[] {
  const missing = ["gcc", "musl-gcc"].filter((tool) => !Bun.which(tool));
  return existsSync("/usr/include/linux/rtnetlink.h") ? missing : [...missing, "linux-libc-dev"];
}
