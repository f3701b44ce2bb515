import { describe, expect, test } from "bun:test";
import { daemonUnit, helperUnit } from "../../core/model/service-places.ts";
import type { UnitStatus } from "../../system/status.ts";
import type { ServiceState } from "../service-state.ts";
import { helper, install, installedDaemon } from "./service.ts";

const facts = { self: ["/opt/banger"], user: { name: "u", uid: 1000 }, version: "1" };
const service = {
  version: "1",
  owner: "u",
  uid: 1000,
  gid: 1000,
  home: "/home/u",
  binary: "/b",
  stateDir: "/s",
  cacheDir: "/c",
  runtimeDir: "/r",
  helperSocket: "/h",
  made: [],
};

function ours(changes: Partial<UnitStatus> = {}, version = "1", problems: readonly string[] = []): ServiceState {
  const unit = (name: string): UnitStatus => ({
    unit: name,
    state: "active",
    enabled: true,
    pid: 7,
    version: "1",
    problems: [],
    ...changes,
  });
  const units = [unit(helperUnit), unit(daemonUnit)];
  return { kind: "ours", service: { ...service, version }, units, problems, vms: { all: 2, running: 1 } };
}

describe("install", () => {
  test.each([
    [{ kind: "none", systemd: true }, 1000, "pass", "not installed as a service"],
    [{ kind: "none", systemd: false }, 0, "warn", "not the installed form"],
    [{ kind: "ignored", reason: "it is everybody's" }, 1000, "warn", "it is ignored"],
    [{ kind: "theirs", owner: "w" }, 1000, "fail", "for w, and only for w"],
    [ours(), 1000, "pass", "version 1, for u"],
    [ours({}, "1", ["/b: group 50 may write to it"]), 1000, "warn", "version 1, for u"],
    [ours({}, "2"), 1000, "fail", "version 2, for u"],
  ] as const)("%#", (state, uid, status, word) => {
    const row = install(state, { ...facts, user: { name: "u", uid } });
    expect(row).toMatchObject({ row: "install", status, message: expect.stringContaining(word) });
  });

  test("another version is mended by this one", () => {
    expect(install(ours({}, "2"), facts).fix).toEqual(["sudo", "/opt/banger", "system", "install", "--owner", "u"]);
  });
});

describe("helper and daemon", () => {
  const both = (state: ServiceState) => [...helper(state, facts), installedDaemon(state, facts)];

  test("without a service they have no rows of its", () => {
    expect(both({ kind: "none", systemd: true })).toEqual([null]);
  });

  test("healthy ones pass and name their process", () => {
    expect(both(ours())).toMatchObject([
      { row: "helper", status: "pass", message: `${helperUnit} is active, pid 7` },
      { row: "daemon", status: "pass", message: `${daemonUnit} is active, pid 7, 1 of 2 VMs running` },
    ]);
  });

  test("what answers and is less hardened is a warning, what does not answer a failure", () => {
    for (const row of both(ours({ problems: ["less hardened"] })))
      expect(row).toMatchObject({
        status: "warn",
        detail: ["less hardened"],
        fix: expect.arrayContaining(["install"]),
      });
    for (const row of both(ours({ version: null, state: "failed", pid: null, problems: ["it is failed"] })))
      expect(row).toMatchObject({ status: "fail", fix: ["sudo", "/opt/banger", "system", "restart"] });
    for (const row of both(ours({ version: "2", problems: ["it has version 2"] })))
      expect(row).toMatchObject({ status: "fail", fix: expect.arrayContaining(["install"]) });
  });
});
