import { expect, test } from "bun:test";
import { hasKnownEscape, lackOf, versionOf } from "./version.ts";

test.each([
  [
    "Firecracker v1.12.1\n\n2026-11-21T15:06:50 [anonymous-instance:main] Firecracker exiting successfully. exit_code=0",
    "1.12.1",
  ],
  ["Jailer v1.14.0\n", "1.14.0"],
  ["Firecracker v1.15.0-dev\nSupported snapshot data format versions: v8.0.0", "1.15.0"],
  ["some line\nFirecracker v1.9.1", "1.9.1"],
  ["not Firecracker v1.9.1", null],
  ["Firecracker v1", null],
  ["", null],
])("%j says %p", (text, version) => {
  expect(versionOf(text)).toBe(version);
});

test.each([
  ["1.8.0", ""],
  ["1.10.0", ""],
  ["2.0.0", ""],
  ["1.7.9", "version 1.7.9 is too old: 1.8.0 is needed"],
  ["0.25.2", "version 0.25.2 is too old: 1.8.0 is needed"],
  [null, "it does not say its version"],
])("%p lacks %p", (version, lack) => {
  expect(lackOf(version)).toBe(lack);
});

test("the jailers with a known escape", () => {
  const versions = ["1.8.0", "1.12.1", "1.13.1", "1.13.2", "1.14.0", "1.14.1", "1.15.0"];
  expect(versions.filter(hasKnownEscape)).toEqual(["1.8.0", "1.12.1", "1.13.1", "1.14.0"]);
});
