import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { FakeHost } from "../../../host/fake-host.ts";
import { lackOf, QemuProbe } from "./probe.ts";

const version = "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)\nCopyright";
const machines = "Supported machines are:\nmicrovm              microvm (i386)\nnone                 empty machine\n";

describe("what a QEMU must have", () => {
  test.each([
    [version, machines, true, ""],
    ["QEMU emulator version 5.2.0", machines, true, "version 5.2.0 is too old: 6.0 is needed"],
    ["QEMU emulator version 10.1", machines, true, ""],
    ["hello", machines, true, "it does not say its version"],
    [version, "pc    Standard PC\nmicrovm-like  x\n", true, "it has no machine microvm"],
    [version, machines, false, "its firmware qboot.rom is not installed"],
  ])("%.30s %#", (text, list, firmware, lack) => {
    expect(lackOf(text, list, firmware)).toBe(lack);
  });
});

describe("probe", () => {
  const dir = mkdtempSync("/tmp/qemu-probe-");
  const binary = `${dir}/qemu`;
  const fake = (more: { kvm?: boolean; sandbox?: number } = {}): FakeHost =>
    new FakeHost({
      which: () => binary,
      kvm: more.kvm === true ? { usable: true, reason: "" } : { usable: false, reason: "no /dev/kvm" },
      run: ([, option]) => {
        if (option === "--version") return { stdout: version };
        if (option === "-L") return { stdout: `/no/such/folder\n${dir}\n` };
        return option === "-sandbox" ? { stdout: machines, code: more.sandbox ?? 0 } : { stdout: machines };
      },
    });
  const install = (): void => {
    writeFileSync(binary, "");
    writeFileSync(`${dir}/qboot.rom`, "");
  };

  test("not installed", async () => {
    rmSync(binary, { force: true });
    expect(await new QemuProbe().probe(new FakeHost({ which: () => null }), {})).toMatchObject({
      usable: false,
      binary: null,
      reason: "qemu-system-x86_64 is not on PATH",
    });
    expect(await new QemuProbe().probe(fake(), { binary: "/opt/qemu" })).toMatchObject({
      usable: false,
      reason: "there is no /opt/qemu",
    });
  });

  test("emulated, with the reason; on KVM there is nothing to explain", async () => {
    install();
    expect(await new QemuProbe().probe(fake(), {})).toEqual({
      usable: true,
      accel: "tcg",
      binary,
      version: "7.2.22",
      sandbox: true,
      reason: "no usable KVM here: no /dev/kvm",
    });
    expect(await new QemuProbe().probe(fake({ kvm: true, sandbox: 1 }), {})).toMatchObject({
      accel: "kvm",
      sandbox: false,
      reason: "",
    });
  });

  test("QEMU is asked once, and again when it is another file or was not good", async () => {
    install();
    const [host, probe] = [fake(), new QemuProbe()];
    await Promise.all([probe.probe(host, {}), probe.probe(host, {})]);
    await probe.probe(host, {});
    expect(host.callsOf("run").length).toBe(4);
    writeFileSync(binary, "upgraded");
    rmSync(`${dir}/qboot.rom`);
    expect((await probe.probe(host, {})).usable).toBe(false);
    install();
    expect((await probe.probe(host, {})).usable).toBe(true);
    rmSync(dir, { recursive: true });
  });
});
