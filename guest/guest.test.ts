import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAgent } from "./build.ts";
import { buildFuzzTarget, buildUnitTests, missingTools } from "./test/native.ts";

const missing = missingTools();
if (missing.length > 0 && process.env["CI"] === "true") throw new Error(`missing: ${missing.join(", ")}`);

const dir = mkdtempSync(join(tmpdir(), "banger-guest-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const unit = missing.length > 0 ? undefined : await buildUnitTests(dir);
const names = unit ? Bun.spawnSync([unit]).stdout.toString().split("\n").filter(Boolean).reverse() : [];

describe.skipIf(!unit)("the agent's units, with sanitizers", () => {
  test("there are tests", () => expect(names.length).toBeGreaterThan(20));
  for (const name of names) {
    test(name, () => {
      const run = Bun.spawnSync([unit as string, name]);
      expect(run.stderr.toString()).toBe("");
      expect(run.exitCode).toBe(0);
    });
  }
});

describe.skipIf(!unit)("the agent's program", () => {
  test("is static, small and the same at every build", async () => {
    const one = await buildAgent(join(dir, "one"));
    const two = await buildAgent(join(dir, "two"));
    expect(statSync(one).size).toBeLessThan(150_000);
    expect(Buffer.from(await Bun.file(one).arrayBuffer()).equals(Buffer.from(await Bun.file(two).arrayBuffer()))).toBe(
      true,
    );
    const run = Bun.spawnSync([one]);
    expect(run.exitCode).toBe(2);
    expect(run.stderr.toString()).toContain("first process of a guest");
  }, 60_000);
});

describe.skipIf(!unit)("fuzzing", () => {
  const seconds = Number(process.env["BANGER_FUZZ_SECONDS"] ?? 4);
  for (const name of ["config-fuzz", "session-fuzz"]) {
    test(
      `${name} for ${seconds} s`,
      async () => {
        const target = await buildFuzzTarget(dir, name);
        const run = Bun.spawnSync([target.program, ...target.args(seconds)], { cwd: dir });
        expect(run.exitCode === 0 ? "" : run.stderr.toString().slice(-4000)).toBe("");
      },
      (seconds + 60) * 1000,
    );
  }
});
