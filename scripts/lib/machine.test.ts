import { expect, test } from "bun:test";
import { distributions, unsupported } from "./machine.mjs";

const debian = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n';

test("distributions: the machine's own name first, then its families", () => {
  expect(distributions(debian)).toEqual(["debian"]);
  expect(distributions('ID=linuxmint\nID_LIKE="ubuntu debian"\n')).toEqual(["linuxmint", "ubuntu", "debian"]);
  expect(distributions("ID='ubuntu'\nVERSION_ID=24.04\n")).toEqual(["ubuntu"]);
  expect(distributions(undefined)).toEqual([]);
});

test("unsupported names what is in the way", () => {
  const machine = { platform: "linux", arch: "x64", osRelease: debian };
  expect(unsupported(machine)).toBeUndefined();
  expect(unsupported({ ...machine, osRelease: "ID=pop\nID_LIKE=ubuntu\n" })).toBeUndefined();
  expect(unsupported({ ...machine, platform: "darwin" })).toContain("Linux only");
  expect(unsupported({ ...machine, arch: "arm64" })).toContain("amd64 only");
  expect(unsupported({ ...machine, osRelease: "ID=fedora\n" })).toContain("fedora");
  expect(unsupported({ ...machine, osRelease: undefined })).toContain("neither");
});
