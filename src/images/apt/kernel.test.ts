import { expect, test } from "bun:test";
import { imagePackage } from "./kernel.ts";

test.each([
  [
    "linux-image-cloud-amd64",
    "linux-image-cloud-amd64\n  Depends: linux-image-6.1.0-56-cloud-amd64\n",
    "linux-image-6.1.0-56-cloud-amd64",
  ],
  ["linux-image-6.1.0-1-amd64", "linux-image-6.1.0-1-amd64\n  Depends: kmod\n", "linux-image-6.1.0-1-amd64"],
  ["linux-virtual", "linux-virtual\n  Depends: linux-image-virtual\n  Depends: linux-headers-6.8.0-1\n", null],
  ["bash", "bash\n  PreDepends: libc6\n", null],
])("the kernel behind %s", (name, depends, expected) => {
  expect(imagePackage(name, depends)).toBe(expected);
});
