// Compiles the guest agent. The same sources and compiler give the same bytes: sources are sorted and named relatively.
import { mkdir, rename } from "node:fs/promises";
import { resolve } from "node:path";

const source = resolve(import.meta.dir, "src");

export const warnings = [
  "-Wall",
  "-Wextra",
  "-Werror",
  "-Wshadow",
  "-Wconversion",
  "-Wno-sign-conversion",
  "-Wmissing-prototypes",
  "-Wstrict-prototypes",
  "-Wpointer-arith",
  "-Wvla",
  "-Wformat=2",
];

/** Flags that every compilation of the agent's sources shares, tests included; paths are relative to guest/src. */
export const common = ["-std=c11", "-D_GNU_SOURCE", "-I.", ...warnings];

/** The agent's source files, relative to guest/src, sorted. */
export async function agentSources(): Promise<string[]> {
  const files = await Array.fromAsync(new Bun.Glob("**/*.c").scan({ cwd: source }));
  return files.sort();
}

/** Runs a compiler in guest/src; throws with its own words where it fails. */
export async function compile(argv: string[]): Promise<void> {
  const p = Bun.spawn(argv, { cwd: source, stdout: "ignore", stderr: "pipe" });
  const words = await new Response(p.stderr).text();
  if ((await p.exited) !== 0) throw new Error(`${argv[0]} failed\n${words}`);
}

/** Builds the static agent into outDir and returns its path. Needs musl-gcc (Debian: musl-tools) and the kernel's headers. */
export async function buildAgent(outDir: string): Promise<string> {
  const out = resolve(outDir, "banger-agent");
  await mkdir(outDir, { recursive: true });
  await compile([
    "musl-gcc",
    "-static",
    "-Os",
    "-s",
    ...common,
    // musl brings no kernel headers; the system's come last, so that its C library's are never seen.
    "-idirafter",
    "/usr/include",
    "-idirafter",
    "/usr/include/x86_64-linux-gnu",
    "-ffunction-sections",
    "-fdata-sections",
    "-fno-asynchronous-unwind-tables",
    "-Wl,--gc-sections",
    "-Wl,--build-id=none",
    "-Wl,-z,norelro",
    ...(await agentSources()),
    "-o",
    `${out}.new`,
  ]);
  await rename(`${out}.new`, out);
  return out;
}
