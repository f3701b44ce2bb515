import { expect, test } from "bun:test";
import { resolveVmDefaults } from "./defaults.ts";

const gib = 2 ** 30;
const resolve = (cpus: number, memoryBytes: number, vmDefaults = {}) => {
  const { vcpu, memoryMiB, diskBytes } = resolveVmDefaults(
    { vmDefaults, defaultImage: "debian-bookworm" },
    { cpus, memoryBytes },
  );
  return [vcpu, memoryMiB, diskBytes].map(({ value, origin }) => `${value} ${origin}`).join(", ");
};

test("a share of the host, within bounds", () => {
  expect(resolve(8, 16 * gib)).toBe("2 auto, 2048 auto, 8589934592 builtin");
  expect(resolve(64, 512 * gib)).toBe("4 auto, 8192 auto, 8589934592 builtin");
  expect(resolve(7, 7.73 * gib)).toBe("1 auto, 960 auto, 8589934592 builtin");
});

test("floors on a small host", () => {
  expect(resolve(2, 4 * gib - 1)).toBe("1 builtin, 512 builtin, 8589934592 builtin");
  expect(resolve(4, 4 * gib)).toBe("1 auto, 512 auto, 8589934592 builtin");
});

test("the configuration comes first", () => {
  expect(resolve(8, 16 * gib, { vcpu: 1, memoryMiB: 300, diskBytes: 2 * gib })).toBe(
    "1 config, 300 config, 2147483648 config",
  );
  expect(resolve(8, 16 * gib, { memoryMiB: 300 })).toBe("2 auto, 300 config, 8589934592 builtin");
});
