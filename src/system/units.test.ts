import { expect, test } from "bun:test";
import { daemonPlan, helperPlan, softness, unitText } from "./units.ts";

const service = {
  version: "1",
  owner: "u",
  uid: 1000,
  gid: 1000,
  home: "/home/u",
  binary: "/usr/local/lib/banger/banger",
  stateDir: "/var/lib/banger",
  cacheDir: "/var/cache/banger",
  runtimeDir: "/run/banger",
  helperSocket: "/run/banger-root/helper.sock",
  made: [],
};

test("a path with blanks and specifiers is taken as it is", () => {
  const text = unitText(daemonPlan({ ...service, home: '/home/a b%h"' }));
  expect(text).toContain('ReadWritePaths="-/home/a b%%h\\"/.local/state/banger/ssh"\n');
});

test("guests outlive both services, and nobody steers the program by the manager's environment", () => {
  for (const plan of [daemonPlan(service), helperPlan(service)]) {
    const lines = unitText(plan).split("\n");
    for (const line of [
      "KillMode=process",
      "RuntimeDirectoryPreserve=yes",
      "OOMPolicy=continue",
      "NoNewPrivileges=yes",
    ])
      expect(lines).toContain(line);
    expect(lines.find((line) => line.startsWith("UnsetEnvironment="))).toContain("BUN_OPTIONS BUN_BE_BUN");
  }
});

test("the daemon runs as its owner without a capability, the helper as root", () => {
  const daemon = unitText(daemonPlan(service)).split("\n");
  expect(daemon).toContain("User=u");
  expect(daemon).toContain("CapabilityBoundingSet=");
  expect(daemon).toContain("ExecStart=/usr/local/lib/banger/banger daemon serve --service");
  expect(unitText(helperPlan(service))).not.toContain("User=");
});

test("what is less hardened is told; the order and case of lists do not matter", () => {
  const plan = helperPlan(service);
  const shown = new Map(
    Object.entries(plan.hardening).map(([key, value]) => [
      key,
      typeof value === "string" ? value : [...value].reverse().join(" ").toLowerCase(),
    ]),
  );
  expect(softness(plan, shown)).toEqual([]);
  shown.set("ProtectSystem", "full").set("CapabilityBoundingSet", `${shown.get("CapabilityBoundingSet")} cap_bpf`);
  shown.delete("NoNewPrivileges");
  expect(softness(plan, shown)).toEqual([
    "NoNewPrivileges=",
    "ProtectSystem=full",
    expect.stringMatching(/^CapabilityBoundingSet=.*cap_bpf$/),
  ]);
});
