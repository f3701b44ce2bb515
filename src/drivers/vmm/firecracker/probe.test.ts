import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../../../test/helpers/scratch.ts";
import { FakeHost } from "../../../host/fake-host.ts";
import { firecrackerFindings } from "./doctor.ts";
import { FirecrackerProbe } from "./probe.ts";

const binary = join(scratchFolder(), "firecracker");
writeFileSync(binary, "");
const hostWith = (version: string, kvm = { usable: true, reason: "" }): FakeHost =>
  new FakeHost({ which: () => binary, kvm, run: () => ({ stdout: `Firecracker v${version}\n` }) });

test("usable, too old, without KVM, not installed", async () => {
  const probe = async (host: FakeHost, config = {}) => {
    const { usable, reason } = await new FirecrackerProbe().probe(host, config);
    return usable || reason;
  };
  expect(await probe(hostWith("1.12.1"))).toBe(true);
  expect(await probe(hostWith("1.7.0"))).toBe("version 1.7.0 is too old: 1.8.0 is needed");
  expect(await probe(hostWith("1.12.1", { usable: false, reason: "you may not open /dev/kvm" }))).toBe(
    "you may not open /dev/kvm",
  );
  expect(await probe(new FakeHost({ which: () => null }))).toBe("firecracker is not on PATH");
  expect(await probe(hostWith("1.12.1"), { binary: "/opt/none" })).toBe("there is no /opt/none");
});

test("asked once, and again when it is another file", async () => {
  const [host, probe] = [hostWith("1.12.1"), new FirecrackerProbe()];
  const [first] = await Promise.all([probe.probe(host, {}), probe.probe(host, {})]);
  expect(first).toEqual({ usable: true, accel: "kvm", binary, version: "1.12.1", reason: "" });
  expect(host.callsOf("run").length).toBe(1);
  writeFileSync(binary, "upgraded");
  await probe.probe(host, {});
  expect(host.callsOf("run").length).toBe(2);
});

test("a program that fails says why, and is asked again", async () => {
  let broken = true;
  const host = new FakeHost({
    which: () => binary,
    run: () => {
      if (broken) throw new Error("firecracker exited 1");
      return { stdout: "Firecracker v1.13.2" };
    },
  });
  const probe = new FirecrackerProbe();
  expect(await probe.probe(host, {})).toMatchObject({ usable: false, version: null, reason: "firecracker exited 1" });
  broken = false;
  expect(await probe.probe(host, {})).toMatchObject({ usable: true, version: "1.13.2" });
});

test("a version whose jailer has a known escape is told of, another is not", () => {
  const of = (version: string | null) =>
    firecrackerFindings({ usable: true, accel: "kvm", binary: "/opt/firecracker", version, reason: "" });
  expect(of("1.12.1")).toMatchObject([{ row: "firecracker", status: "warn" }]);
  expect([of("1.13.2"), of(null)]).toEqual([[], []]);
});
