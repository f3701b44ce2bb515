// What every VMM driver promises, tried where both have KVM and one is a real Firecracker: by an ordinary user.
import { afterAll, beforeAll, expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { difference } from "./inventory.ts";
import { Lab } from "./lab.ts";
import { scenario } from "./scenario.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.up();
}, 900_000);
afterAll(() => lab.down());

/** One script with everything in it but the test runner. */
async function bundle(path: string): Promise<string> {
  const built = await Bun.build({ entrypoints: [join(import.meta.dir, path)], target: "bun", external: ["bun:test"] });
  return built.outputs[0]!.text();
}

scenario(
  () => lab,
  "the VMM drivers keep their promises on KVM, and leave nothing behind",
  async () => {
    const u = lab.user("u");
    const before = await lab.inventory();
    const root = "/home/u/contract";
    await u.ok(["mkdir", "-p", `${root}/dist`, `${root}/test`]);
    await lab.put(`${root}/dist/agent`, readFileSync(join(import.meta.dir, "../../dist/agent")), { owner: "u" });
    await lab.put(`${root}/test/vmm-contract.test.js`, await bundle("vmm-contract-program.ts"), { owner: "u" });
    // A compiled program is also the runtime that it was compiled with.
    const { code, stderr } = await u.run(["/payload/banger", "test", "--timeout", "240000", "./test"], {
      env: { BUN_BE_BUN: "1" },
      cwd: root,
      timeout: 900_000,
    });
    const promises = stderr.split("\n").filter((line) => /^\((pass|fail)\)/.test(line));
    expect(promises.filter((line) => line.startsWith("(fail)"))).toEqual([]);
    for (const driver of ["firecracker", "qemu"])
      expect(promises.filter((line) => line.includes(`VMM driver ${driver} `)).length).toBeGreaterThan(5);
    expect(code).toBe(0);
    await u.ok(["rm", "-r", root]);
    expect(difference(before, await lab.inventory())).toEqual([]);
  },
  1_000_000,
);
