import { expect, test } from "bun:test";
import { checkSpec, type Sizes } from "./size-check.ts";

const host = { memoryBytes: 8 * 2 ** 30 };
const refusal = (sizes: Sizes): string => {
  try {
    checkSpec(sizes, host);
    return "";
  } catch (error) {
    expect(error).toMatchObject({ code: "BAD_SIZE" });
    return (error as Error).message;
  }
};

test("sizes that a VM can have", () => {
  expect(refusal({})).toBe("");
  expect(refusal({ vcpu: 1, memoryMiB: 128, diskBytes: 2 ** 30 })).toBe("");
  expect(refusal({ vcpu: 32, memoryMiB: 8192, diskBytes: 8 * 2 ** 40 })).toBe("");
});

test("the flag and the value are named", () => {
  expect(refusal({ vcpu: 0 })).toBe("--vcpu must be a whole number from 1 to 32, not 0");
  expect(refusal({ vcpu: 1.5 })).toBe("--vcpu must be a whole number from 1 to 32, not 1.5");
  expect(refusal({ vcpu: 33 })).toEndWith("not 33");
  expect(refusal({ memoryMiB: -1 })).toBe("--memory must be from 128 MiB to this host's 8192 MiB, not -1 MiB");
  expect(refusal({ memoryMiB: 8193 })).toEndWith("not 8193 MiB");
  expect(refusal({ memoryMiB: Number.NaN })).toEndWith("not NaN MiB");
  expect(refusal({ diskBytes: 2 ** 29 })).toBe("--disk-size must be from 1G to 8T, not 512M");
  expect(refusal({ diskBytes: 7 })).toEndWith("not 7 bytes");
  expect(refusal({ diskBytes: 2 ** 44 })).toEndWith("not 16384G");
});
