import { describe, expect, test } from "bun:test";
import { accessSync, constants, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { explain, kvmAsker } from "./kvm.ts";
import { isDoubtful, verdict } from "./kvm-probe.ts";

const folder = scratchFolder();

describe("what a probe means", () => {
  test("a guest about as fast as the processor runs", () => {
    expect(verdict(0.02, 0.01)).toEqual({ usable: true, failure: "" });
    // A nested one, where each entry into the guest takes long.
    expect(verdict(0.9, 0.01).usable).toBe(true);
    // In a host that is emulated itself everything is slow.
    expect(verdict(3, 0.4).usable).toBe(true);
  });

  test("one that is far slower is interpreted, and boots nothing", () => {
    expect(verdict(31, 0.008)).toEqual({
      usable: false,
      failure: "its code is interpreted, about 4000 times slower than the processor",
    });
  });

  test("one that may only have been interrupted is looked at again", () => {
    expect(isDoubtful(9, 0.1)).toBe(true);
    expect(isDoubtful(0.02, 0.01)).toBe(false);
    expect(isDoubtful(31, 0.008)).toBe(false);
  });

  test("the reason names the module that is known for it", () => {
    expect(explain({ usable: true, failure: "" }, ["kvm", "kvm_pvm"])).toEqual({ usable: true, reason: "" });
    expect(explain({ usable: false, failure: "KVM_RUN: EINVAL" }, ["kvm", "kvm_amd"]).reason).toBe(
      "/dev/kvm opens but a vcpu does not really run on it (KVM_RUN: EINVAL)",
    );
    expect(explain({ usable: false, failure: "slow" }, ["kvm", "kvm_pvm"]).reason).toBe(
      "/dev/kvm opens but a vcpu does not really run on it (kvm_pvm: slow)",
    );
  });
});

describe("asking", () => {
  /** A program that stands for this one; how often it ran is in the file beside it. */
  const stub = (name: string, script: string): readonly string[] => {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\necho "$@" >> ${path}.ran\n${script}\n`, { mode: 0o755 });
    return [path];
  };
  const environment = { PATH: "/usr/bin:/bin" };
  const probed = mayOpen("/dev/kvm");

  test("happens once, in a child with the arguments that main knows", async () => {
    const ask = kvmAsker(stub("good", `echo '{"usable":true,"failure":""}'`), environment);
    const answers = await Promise.all([ask(), ask()]);
    expect(answers[0]).toEqual(await ask());
    expect(answers[0].usable).toBe(probed);
    if (probed) expect(await Bun.file(join(folder, "good.ran")).text()).toBe("internal kvm-probe\n");
  });

  test("happens again when the device is another one, and after a no when it was touched", async () => {
    const device = join(folder, "kvm");
    const ran = async (name: string): Promise<number> =>
      (await Bun.file(join(folder, `${name}.ran`)).text()).split("\n").length - 1;
    const touch = (): void => utimesSync(device, new Date(), new Date());
    for (const [name, usable, afterTouch] of [
      ["yes", true, 1],
      ["no", false, 2],
    ] as const) {
      writeFileSync(device, "");
      const ask = kvmAsker(stub(name, `echo '{"usable":${usable},"failure":""}'`), environment, { device });
      await ask();
      expect((await ask()).usable).toBe(usable);
      expect(await ran(name)).toBe(1);
      await Bun.sleep(5);
      touch();
      await ask();
      expect(await ran(name)).toBe(afterTouch);
      writeFileSync(`${device}.new`, "");
      renameSync(`${device}.new`, device);
      await ask();
      expect(await ran(name)).toBe(afterTouch + 1);
    }
  });

  test("survives whatever becomes of the child", async () => {
    for (const [name, script, why] of [
      ["dead", "kill -SEGV $$", "the probe died of SIGSEGV"],
      ["silent", "exit 3", "the probe ended with status 3"],
      ["babbling", "echo nonsense", "the probe ended with status 0"],
      ["lying", `echo '{"usable":"yes"}'`, "the probe ended with status 0"],
      ["hanging", "exec sleep 100", "no answer in 0.4 s"],
    ] as const) {
      const { usable, reason } = await kvmAsker(stub(name, script), environment, { timeoutMs: 400 })();
      expect(usable).toBe(false);
      expect(reason).toContain(probed ? why : "/dev/kvm");
    }
  });
});

function mayOpen(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

test("the probe prints one line of JSON and never fails", () => {
  const script = `process.exit((await import(${JSON.stringify(join(import.meta.dir, "kvm-probe.ts"))})).kvmProbeMain())`;
  const { exitCode, stdout } = Bun.spawnSync([process.execPath, "-e", script], { timeout: 5000 });
  expect(exitCode).toBe(0);
  const [line, ...rest] = stdout.toString().split("\n");
  expect(rest).toEqual([""]);
  expect(JSON.parse(line!)).toEqual({ usable: expect.any(Boolean), failure: expect.any(String) });
});
