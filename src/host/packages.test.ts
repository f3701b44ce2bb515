import { expect, test } from "bun:test";
import { installHint, toolMissing } from "./packages.ts";

test("the hint names the package of each family of distributions", () => {
  expect(installHint("qemu-system-x86_64")).toBe(
    "apt install qemu-system-x86 · dnf install qemu-system-x86-core · pacman -S qemu-system-x86",
  );
  expect(installHint("no-such-tool")).toBeUndefined();
  expect(installHint("constructor")).toBeUndefined();
});

test("an unknown program is still an error with a way out", () => {
  expect(toolMissing("frobnicate")).toMatchObject({
    code: "TOOL_MISSING",
    message: "frobnicate is not installed",
    hint: "put frobnicate on PATH",
  });
  expect(toolMissing("/opt/x/firecracker")).toMatchObject({ message: "there is no program /opt/x/firecracker" });
});
