import { expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../../../test/helpers/scratch.ts";
import type { Machine } from "../../../core/api/drivers.ts";
import type { Privileged } from "../../../core/api/privileged.ts";
import { FakeHost } from "../../../host/fake-host.ts";
import { firecrackerConfig } from "./config.ts";
import { jailFindings } from "./jail-doctor.ts";
import { jailFor, type JailCtx } from "./jail.ts";
import { FirecrackerProbe } from "./probe.ts";

const jailer = join(mkdtempSync(join(scratchFolder(), "bin-")), "jailer");
writeFileSync(jailer, "");
const id = "0123456789abcdef";
const blob = `/s/kernels/blobs/${"a".repeat(64)}`;
const machine: Machine = {
  vcpu: 1,
  memoryMiB: 128,
  vmlinux: `${blob}/vmlinux`,
  initrd: `/r/${id}/initrd`,
  kernelArgs: [],
  drives: [],
  nics: [],
  channel: { name: "banger" },
};

function hostWith(version: string, there = true): FakeHost {
  return new FakeHost({ which: () => (there ? jailer : null), run: () => ({ stdout: `Jailer v${version}\n` }) });
}

interface Setting {
  readonly config?: object;
  readonly version?: string;
  readonly there?: boolean;
  readonly privileges?: boolean;
  readonly lack?: string | null;
  readonly machine?: Machine;
}

async function decide(setting: Setting = {}): Promise<object | string> {
  const { config = {}, version = "1.13.2", there = true, privileges = true, lack = null } = setting;
  const privileged = Object.assign(async () => lack, { available: privileges }) as Privileged;
  const ctx = {
    vm: { id, name: "otter", stateDir: `/s/vms/${id}`, runtimeDir: `/r/${id}` },
    config: firecrackerConfig.parse(config),
    host: hostWith(version, there),
    privileged,
    reserve: async () => 7,
  } as unknown as JailCtx;
  return jailFor(ctx, setting.machine ?? machine, "/opt/firecracker", new FirecrackerProbe());
}

test("jailed where there is root, as the user id that is reserved", async () => {
  expect(await decide()).toMatchObject({ uid: 60_585, firecracker: "/opt/firecracker", jailer });
  expect(await decide({ config: { jail_uids: "200000-200100" } })).toMatchObject({ uid: 200_007 });
  expect(await decide({ config: { allow_vulnerable_jailer: true }, version: "1.12.1" })).toMatchObject({ jailer });
});

test("not jailed without privileges, which nobody needs to be told", async () => {
  expect(await decide({ privileges: false })).toBe("");
  expect(await decide({ privileges: false, config: { jail: "never" } })).toBe("");
});

test("with root there is always a reason", async () => {
  expect(await decide({ config: { jail: "never" } })).toContain("never");
  expect(await decide({ there: false })).toBe("jailer is not on PATH");
  for (const version of ["1.12.1", "1.13.1", "1.14.0"])
    expect(await decide({ version })).toContain(`jailer ${version} has a known escape`);
  expect(await decide({ lack: "others can write to /x" })).toBe("others can write to /x");
  expect(await decide({ machine: { ...machine, initrd: "/elsewhere" } })).toContain("/elsewhere");
  const namespace = { pid: 1, startTime: 1, marker: "m" };
  const nic = { id: "user", mac: "02:00:00:00:00:01", backend: { kind: "tap", name: "vm", namespace } } as const;
  expect(await decide({ machine: { ...machine, nics: [nic] } })).toContain("namespace");
});

test("one that is asked for and cannot be had ends the start", () => {
  const config = { jail: "always" };
  expect(decide({ config, privileges: false })).rejects.toMatchObject({ code: "VMM_UNUSABLE" });
  expect(decide({ config, version: "1.14.0" })).rejects.toMatchObject({ code: "VMM_UNUSABLE" });
});

test("doctor tells of the gate, and of a jail that is asked for and cannot be had", async () => {
  const rows = async (config: object, version: string, there = true) => {
    const findings = jailFindings(hostWith(version, there), firecrackerConfig.parse(config), new FirecrackerProbe());
    return (await findings).map(({ status }) => status);
  };
  expect(await rows({}, "1.13.2")).toEqual(["pass"]);
  expect(await rows({}, "1.12.1")).toEqual(["warn"]);
  expect(await rows({ allow_vulnerable_jailer: true }, "1.12.1")).toEqual(["pass"]);
  expect(await rows({ jail: "always" }, "1.12.1")).toEqual(["fail"]);
  expect([await rows({}, "", false), await rows({ jail: "always" }, "", false)]).toEqual([["pass"], ["fail"]]);
  expect(await rows({ jail: "never" }, "1.12.1")).toEqual(["pass"]);
});
